-- The points of the nodes that an adjustment names and that apply; what is absent among them.
create or replace temp table node_points as
select e.case_no, n.node, n.node_no, t.normalised as points,
       case when t.normalised is null and t.status is distinct from 'not_applicable'
            then n.node || ' is ' || coalesce(t.status, 'not_reported') end as absent
from eligible as e
join scheme_adjustment_node as a on a.ordinal = e.ordinal
join scheme_node as n on n.node_no = a.node_no
left join tree as t on t.case_no = e.case_no and t.node_no = a.node_no;
