-- How much of its applicable data each subject has, and how much of that is not 0. What no leaf of the subject's group reads, though
-- leaves of other groups do, does not apply to it.
create or replace temp table availability as
select v.case_no, count(*) filter (v.status <> 'not_applicable') as applicable, count(*) filter (v.status = 'ok') as available,
       count(*) filter (v.status = 'ok' and v.value = 0) as zeros
from value as v
join prepare_indicator as i on i.indicator_no = v.indicator_no
join score_case as c on c.case_no = v.case_no
anti join (select group_no, indicator_no from scheme_leaf where indicator_no is not null group by group_no, indicator_no
           having not bool_or(applicable)) as x on x.group_no = c.group_no and x.indicator_no = v.indicator_no
group by v.case_no;
