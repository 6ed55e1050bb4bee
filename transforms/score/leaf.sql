-- Every case × leaf with its prepared value, or the kind of its absence.
create or replace temp table leaf as
select c.case_no, l.node_no, c.group_no, p.peer_no, false as is_fallback, l.method, l.direction = 'lower' as lower, v.value as x,
       case when o.case_no is not null then 'screened_out'
            when not l.applicable then 'not_applicable'
            when v.status = 'ok' and v.n < l.minimum_n then 'too_few'
            else v.status end as status
from value as v
join score_case as c on c.case_no = v.case_no
join scheme_leaf as l on l.group_no = c.group_no and l.indicator_no = v.indicator_no and not l.is_fallback
left join peer as p on p.case_no = c.case_no and p.peers_by = l.peers_by
left join case_out as o on o.case_no = c.case_no;
