-- How much of its applicable data each subject has, and how much of that is not 0.
create or replace temp table availability as
select v.case_no, count(*) filter (v.status <> 'not_applicable') as applicable, count(*) filter (v.status = 'ok') as available,
       count(*) filter (v.status = 'ok' and v.value = 0) as zeros
from value as v
join prepare_indicator as i on i.indicator_no = v.indicator_no
where v.case_no > 0
group by v.case_no;
