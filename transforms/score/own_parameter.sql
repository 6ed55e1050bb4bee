-- A parameter that is each subject's own: a leaf without it has the absence of that value.
create or replace temp table own_parameter as
select l.case_no, l.node_no, q.is_fallback, q.parameter, v.value as number, v.status
from scheme_parameter as q
join leaf as l on l.group_no = q.group_no and l.node_no = q.node_no
join value as v on v.case_no = l.case_no and v.indicator_no = q.indicator_no;

create or replace temp table leaf_next as
select l.* exclude (status),
       case when l.status = 'ok' and a.status is not null then a.status else l.status end as status
from leaf as l
left join (select case_no, node_no, is_fallback, min(status) as status from own_parameter where status <> 'ok' group by all) as a
  on a.case_no = l.case_no and a.node_no = l.node_no and a.is_fallback = l.is_fallback;
