create or replace temp table touched as
select v.case_no, v.indicator_no, v.value * getvariable('prepare_scale') / d.value as value,
       case when getvariable('prepare_scale') * d.value > 0 then v.interval_low else v.interval_high end
           * getvariable('prepare_scale') / d.value as interval_low,
       case when getvariable('prepare_scale') * d.value > 0 then v.interval_high else v.interval_low end
           * getvariable('prepare_scale') / d.value as interval_high,
       case when d.status = 'ok' and d.value = 0 then 'invalid' else d.status end as status, v.n, getvariable('prepare_note') as note
from value as v
join prepare_indicator as i on i.indicator_no = v.indicator_no
join value as d on d.case_no = v.case_no and d.indicator_no = getvariable('prepare_by_no')
where v.status = 'ok';
