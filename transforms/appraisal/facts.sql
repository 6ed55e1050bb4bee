-- What is known of each subject, with the kind of every absence. Reads score_subject, read_indicator, score_past(period, earlier).
-- A cadre who does not answer for an indicator's domain is not measured by it: not_applicable.
-- A feed not heard beyond a period's end says nothing about the period: source_down, whatever rows it left.
create or replace temp table fact_subject as
select period, subject_id from score_subject
union
select h.earlier, s.subject_id from score_subject as s join score_past as h on h.period = s.period;

create or replace temp table answers_for as
select distinct i.indicator, r.cadre_id as subject_id, p.period
from dim.responsibility as r
join dim.indicator as i on i.domain = r.domain and i.subject = 'organisation'
join read_indicator as x on x.indicator = i.indicator
join dim.period as p on r.valid_from < p.ends_on and r.valid_to > p.starts_on
where getvariable('subject_class') = 'cadre' and p.period in (select period from fact_subject);

create or replace temp table known_fact as
select indicator, org_id as subject_id, period, value, n, interval_low, interval_high, status from fact.indicator_org
where getvariable('subject_class') <> 'cadre' and period in (select period from fact_subject)
union all
select indicator, cadre_id, period, value, n, interval_low, interval_high, status from fact.indicator_cadre
where getvariable('subject_class') = 'cadre' and period in (select period from fact_subject);

create or replace temp table score_fact as
select s.period, s.subject_id, i.indicator, f.value, f.n, f.interval_low, f.interval_high,
       case when not s.answers then 'not_applicable' when not s.heard then 'source_down' else coalesce(f.status, i.when_none) end as status
from (
    select x.period, x.subject_id, i.indicator, coalesce(p.ends_on <= w.heard_until, false) as heard,
           getvariable('subject_class') <> 'cadre' or i.subject <> 'organisation' or i.domain is null or a.subject_id is not null as answers
    from fact_subject as x
    join dim.period as p on p.period = x.period
    cross join (select d.* from dim.indicator as d join read_indicator as r on r.indicator = d.indicator) as i
    left join dim.feed_state as w on w.feed = i.feed
    left join answers_for as a on a.indicator = i.indicator and a.subject_id = x.subject_id and a.period = x.period
) as s
join dim.indicator as i on i.indicator = s.indicator
left join known_fact as f
  on f.indicator = s.indicator and f.subject_id = s.subject_id and f.period = s.period and s.answers and s.heard;
