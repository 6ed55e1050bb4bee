-- What is known of each subject, with the kind of every absence. Reads score_subject, scheme_indicator, score_scope.
-- A cadre who does not answer for an indicator's domain is not measured by it: not_applicable.
-- A feed not heard beyond a period's end says nothing about the period: source_down, whatever rows it left.
create or replace temp table answers_for as
select distinct i.indicator, r.cadre_id as subject_id, p.period
from dim.responsibility as r
join dim.indicator as i on i.domain = r.domain and i.subject = 'organisation'
join scheme_indicator as x on x.indicator = i.indicator
join dim.period as p on r.valid_from < p.ends_on and r.valid_to > p.starts_on
join score_scope as c on c.period = p.period
where getvariable('subject_class') = 'cadre';

create or replace temp table known_fact as
select indicator, org_id as subject_id, period, value, n, interval_low, interval_high, status from fact.indicator_org
where getvariable('subject_class') <> 'cadre' and period in (select period from score_scope)
union all
select indicator, cadre_id, period, value, n, interval_low, interval_high, status from fact.indicator_cadre
where getvariable('subject_class') = 'cadre' and period in (select period from score_scope);

create or replace temp table score_fact as
select s.period, s.subject_id, i.indicator, f.value, f.n, f.interval_low, f.interval_high,
       case when getvariable('subject_class') = 'cadre' and i.subject = 'organisation' and i.domain is not null
                 and a.subject_id is null then 'not_applicable'
            when w.heard_until is null or p.ends_on > w.heard_until then 'source_down'
            when f.status is null then i.when_none else f.status end as status
from score_subject as s
join dim.period as p on p.period = s.period
cross join (select d.* from dim.indicator as d join scheme_indicator as x on x.indicator = d.indicator) as i
left join dim.feed_state as w on w.feed = i.feed
left join answers_for as a on a.indicator = i.indicator and a.subject_id = s.subject_id and a.period = s.period
left join known_fact as f on f.indicator = i.indicator and f.subject_id = s.subject_id and f.period = s.period
union all
-- results of the quarters enter the year's tree; a quarter that a subject was not appraised in does not apply
select y.period, y.subject_id, 'routine_q' || right(q.period, 1) as indicator, r.base_score, null, null, null,
       case when r.base_score is not null then 'ok' else coalesce(t.status, 'not_applicable') end
from score_subject as y
join dim.period as p on p.period = y.period and p.grain = 'year'
join dim.period as q on q.year = p.year and q.grain = 'quarter'
left join score.result as r
  on r.scheme = getvariable('scheme') and r.period = q.period and r.subject_id = y.subject_id
left join score.node as t
  on t.scheme = r.scheme and t.period = r.period and t.subject_id = r.subject_id and t.node = 'score';
