-- The same subject's value so many periods of the same grain before.
create or replace temp table touched as
select c.case_no, cast(getvariable('prepare_code_no') as int) as indicator_no, v.value, v.interval_low, v.interval_high,
       coalesce(v.status, 'not_reported') as status, v.n, 'of ' || e.period as note
from dated_case as c
left join dated_case as e on e.subject_id = c.subject_id and e.shape = c.shape and e.place = c.place - getvariable('prepare_periods')
left join value as v on v.case_no = e.case_no and v.indicator_no = getvariable('prepare_by_no');
