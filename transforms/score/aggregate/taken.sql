-- A node that takes some of its children: their mean under the weights of those taken.
insert into branch_value
select t.case_no, t.node_no, exact_sum(t.weight * c.normalised) as points
from branch_taken as t
join tree as c on c.case_no = t.case_no and c.node_no = t.child_no
join scheme_node as b on b.node_no = t.node_no and b.depth = getvariable('tree_depth')
group by t.case_no, t.node_no;
