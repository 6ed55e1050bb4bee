create or replace temp table touched as
select v.case_no, v.indicator_no, cast(getvariable('prepare_value') as double) as value,
       cast(null as double) as interval_low, cast(null as double) as interval_high, 'ok' as status, cast(null as bigint) as n,
       getvariable('prepare_note') as note
from value as v
join prepare_indicator as i on i.indicator_no = v.indicator_no
where v.case_no > 0 and list_contains(getvariable('prepare_statuses'), v.status);
