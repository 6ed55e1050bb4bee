-- The periods that are known but not scored, as cases below 0: steps that look at one subject alone reach them, too.
create or replace temp table past_case as
select cast(-row_number() over (order by period, subject_id) as int) as case_no, period, subject_id
from (select distinct f.period, f.subject_id
      from score_fact as f anti join score_case as c on c.period = f.period and c.subject_id = f.subject_id) as p
where subject_id in (select subject_id from score_case) and period_shape(period) in (select period_shape(period) from score_case);

insert into value (case_no, indicator_no, value, n, interval_low, interval_high, status, raw, prepared)
select c.case_no, i.indicator_no, case when f.status = 'ok' and usable(f.value) then f.value end, f.n, f.interval_low, f.interval_high,
       case when f.status is null or f.status = 'ok' and f.value is null then 'not_reported'
            when f.status = 'ok' and not usable(f.value) then 'invalid' else f.status end,
       case when isfinite(f.value) then f.value end, null
from past_case as c
cross join scheme_indicator as i
left join score_fact as f on f.period = c.period and f.subject_id = c.subject_id and f.indicator = i.indicator;

-- every case with its place in time
create or replace temp table dated_case as
select case_no, subject_id, period, shape,
       case when bool_and(place is not null) over (partition by shape) then place
            else dense_rank() over (partition by shape order by period) end as place
from (select case_no, subject_id, period, period_shape(period) as shape, period_at(period) as place
      from (select case_no, subject_id, period from score_case union all select case_no, subject_id, period from past_case) as c) as p;
