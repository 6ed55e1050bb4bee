-- What is known of each subject, with the kind of every absence. Reads score_subject, scheme_indicator, score_scope.
-- A feed not heard beyond a period's end says nothing about the period: source_down, whatever rows it left.
create or replace temp table score_fact as
select s.period, s.subject_id, i.indicator, f.value, f.n, f.interval_low, f.interval_high,
       case when w.heard_until is null or p.ends_on > w.heard_until then 'source_down'
            when f.status is null then i.when_none else f.status end as status
from score_subject as s
join dim.period as p on p.period = s.period
cross join (select d.* from dim.indicator as d join scheme_indicator as x on x.indicator = d.indicator) as i
left join dim.feed_state as w on w.feed = i.feed
left join (
    select indicator, org_id as subject_id, period, value, n, interval_low, interval_high, status from fact.indicator_org
    where getvariable('subject_class') <> 'cadre'
    union all
    select indicator, cadre_id, period, value, n, interval_low, interval_high, status
    from (select f.*, row_number() over (partition by f.indicator, f.cadre_id, f.period order by f.basis) as place
          from fact.indicator_cadre as f) as own
    where getvariable('subject_class') = 'cadre' and place = 1
) as f on f.indicator = i.indicator and f.subject_id = s.subject_id and f.period = s.period
union all
-- results of the quarters enter the year's tree; a quarter that a subject was not appraised in does not apply
select y.period, y.subject_id, 'routine_q' || right(q.period, 1) as indicator, r.base_score, null, null, null,
       case when r.base_score is not null then 'ok' when r.subject_id is null then 'not_applicable' else 'not_reported' end
from score_subject as y
join dim.period as p on p.period = y.period and p.grain = 'year'
join dim.period as q on q.year = p.year and q.grain = 'quarter'
left join score.result as r
  on r.scheme = getvariable('scheme') and r.period = q.period and r.subject_id = y.subject_id;
