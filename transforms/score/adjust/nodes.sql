-- The points of the nodes that an adjustment names, for each subject: those that apply, in order; what is absent among them.
create or replace temp table node_spread as
select e.case_no, list(t.normalised order by t.node_no) filter (t.normalised is not null) as points,
       min(struct_pack(points := t.normalised, node := n.node)) filter (t.normalised is not null) as lowest,
       min(n.node || ' is ' || coalesce(t.status, 'not_reported'))
           filter (t.normalised is null and t.status is distinct from 'not_applicable') as absent
from eligible as e
join scheme_adjustment_node as a on a.ordinal = e.ordinal
join scheme_node as n on n.node_no = a.node_no
left join tree as t on t.case_no = e.case_no and t.node_no = a.node_no
group by e.case_no;
