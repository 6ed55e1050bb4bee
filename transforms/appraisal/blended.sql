-- What a year blends with its own tree: results of its quarters before adjustments, of special appraisals, of the years before.
-- A part that a subject was not appraised in does not apply. Reads score_subject, score_history, score_special(scheme).
-- variables: scheme, term_years.
create or replace temp table part_result as
select r.scheme, r.period, r.subject_id, r.base_score, r.score,
       case t.status when 'incomplete' then 'not_reported' when 'screened_out' then 'not_applicable' else t.status end as absence
from score.result as r
left join score.node as t
  on t.scheme = r.scheme and t.period = r.period and t.subject_id = r.subject_id and t.node = 'score'
where r.scheme = getvariable('scheme') or r.scheme in (select scheme from score_special);

insert into score_fact
select y.period, y.subject_id, 'routine_q' || right(q.period, 1), r.base_score, null, null, null,
       case when r.base_score is not null then 'ok' else coalesce(r.absence, 'not_applicable') end
from score_subject as y
join dim.period as p on p.period = y.period and p.grain = 'year'
join dim.period as q on q.year = p.year and q.grain = 'quarter'
left join part_result as r on r.scheme = getvariable('scheme') and r.period = q.period and r.subject_id = y.subject_id
union all
select y.period, y.subject_id, 'special.' || s.scheme, r.score, null, null, null,
       case when r.score is not null then 'ok' else coalesce(r.absence, 'not_applicable') end
from score_subject as y
cross join score_special as s
left join part_result as r on r.scheme = s.scheme and r.period = y.period and r.subject_id = y.subject_id
union all
select y.period, y.subject_id, 'term', exact_sum(h.score) / nullif(count(h.score), 0), null, null, null,
       case when count(h.score) > 0 then 'ok' else 'not_applicable' end
from score_subject as y
join dim.period as p on p.period = y.period and p.grain = 'year'
left join score_history as h
  on h.subject_id = y.subject_id and cast(h.period as int) between p.year - getvariable('term_years') and p.year - 1
group by y.period, y.subject_id;
