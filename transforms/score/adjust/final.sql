-- One step on the adjusted score. variables: final_ordinal, adjustment_no (the place of its rows among the adjustments).
create or replace temp table stepped as
select r.case_no, s.op, s.a, s.b, s.how, r.score, after_step(r.score, s.op, s.a, s.b, s.how) as next_score
from running as r
join scheme_after as s on s.node_no = -1 and s.ordinal = getvariable('final_ordinal') and s.group_no = r.group_no;

insert into movement
select case_no, getvariable('adjustment_no'), null, next_score - score, next_score - score,
       concat_ws(' ', op, case when op = 'clamp' then coalesce(shown(a), '…') || '–' || coalesce(shown(b), '…') else shown(a) end, how)
from stepped where next_score <> score and isfinite(next_score) and abs(next_score) <= 1e15;

update running set moved = running.moved + (s.next_score - s.score), score = s.next_score
from stepped as s
where s.case_no = running.case_no and isfinite(s.next_score) and abs(s.next_score) <= 1e15;
