-- What a year blends: its quarters' results before adjustments, and the mean of earlier years. What a file of values says itself comes first.
-- Reads fact_given, score_subject (of years), score.result, score_history. variables: scheme, term_years.
create or replace temp table fact_blended as
select y.period, y.subject_id, 'routine_q' || q.number as indicator, r.base_score as value, null::bigint as n,
       null::double as interval_low, null::double as interval_high,
       case when r.base_score is not null then 'ok' else coalesce(t.status, 'not_applicable') end as status
from score_subject as y
cross join (select unnest([1, 2, 3, 4]) as number) as q
left join score.result as r
  on r.scheme = getvariable('scheme') and r.period = y.period || '-Q' || q.number and r.subject_id = y.subject_id
left join score.node as t
  on t.scheme = r.scheme and t.period = r.period and t.subject_id = r.subject_id and t.node = 'score'
union all
select y.period, y.subject_id, 'term', cast(sum(cast(h.score as decimal(38, 12))) as double) / nullif(count(h.score), 0), null, null, null,
       case when count(h.score) > 0 then 'ok' else 'not_applicable' end
from score_subject as y
left join score_history as h
  on h.subject_id = y.subject_id
 and try_cast(h.period as int) between try_cast(y.period as int) - getvariable('term_years') and try_cast(y.period as int) - 1
group by y.period, y.subject_id;

create or replace temp view score_fact as
from fact_given
union all by name
select * from fact_blended as b
where not exists (from fact_given as g where g.period = b.period and g.subject_id = b.subject_id and g.indicator = b.indicator);
