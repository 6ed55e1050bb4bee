-- Logarithms and powers (Box and Cox 1964) of x − base + offset.
create or replace temp table touched as
select v.case_no, v.indicator_no,
       box_cox(v.value - coalesce(m.lowest, 0) + getvariable('prepare_offset'), getvariable('prepare_power')) as value,
       box_cox(v.interval_low - coalesce(m.lowest, 0) + getvariable('prepare_offset'), getvariable('prepare_power')) as interval_low,
       box_cox(v.interval_high - coalesce(m.lowest, 0) + getvariable('prepare_offset'), getvariable('prepare_power')) as interval_high,
       'ok' as status, v.n, getvariable('prepare_note') as note
from value as v
join prepare_indicator as i on i.indicator_no = v.indicator_no
left join lowest as m on m.case_no = v.case_no and m.indicator_no = v.indicator_no
where v.status = 'ok' and (m.case_no is not null or getvariable('prepare_base') = 'zero');
