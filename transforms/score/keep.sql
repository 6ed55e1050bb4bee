-- Replace what is kept of the scheme and the scored periods. variable: scheme.
delete from score.node where scheme = getvariable('scheme') and period in (select distinct period from score_subject);
delete from score.adjustment where scheme = getvariable('scheme') and period in (select distinct period from score_subject);
delete from score.result where scheme = getvariable('scheme') and period in (select distinct period from score_subject);

insert into score.node
select getvariable('scheme'), t.period, t.subject_id, t.node, d.parent, d.depth, d.ordinal, t.indicator, t.raw, t.target, t.n,
       t.interval_low, t.interval_high, t.normalised, k.weight, w.weight, k.contribution,
       t.coverage, t.status
from tree as t
join scheme_node as d on d.node = t.node
left join scheme_weight as w on w.node = t.node and w.peer_group = t.peer_group
left join contributed as k on k.period = t.period and k.subject_id = t.subject_id and k.node = t.node
where w.weight > 0 or d.node = 'score';

insert into score.adjustment
select getvariable('scheme'), period, subject_id, code, kind, decision_no, document_no, decided_on, authority, points, counted_points
from adjusted_capped;

insert into score.result
select getvariable('scheme'), g.period, g.subject_id, g.peer_group, g.base_score, g.adjustment_points, g.score, g.coverage,
       g.days_share, case when g.score is null then null else g.rank_in_group end, g.group_size,
       case when g.score is null then null
            when g.rank_in_group <= ceil(g.group_size * 0.25) then 'top quarter'
            when g.rank_in_group <= ceil(g.group_size * 0.5) then 'upper middle'
            when g.rank_in_group <= ceil(g.group_size * 0.75) then 'lower middle' else 'bottom quarter' end,
       s.grade, g.grade_note,
       case when g.score is null then 'no_data' when g.standing = 'incomplete' then 'incomplete' else 'ok' end
from graded as g left join scheme_grade as s on s.ordinal = g.final_ordinal;
