-- The middle child of a median node, or the two in the middle with half the weight each.
insert into branch_taken
select case_no, child_no, node_no, 1.0 / count(*) over (partition by case_no, node_no) as weight
from (select c.case_no, c.node_no as child_no, c.parent_no as node_no,
             row_number() over (partition by c.case_no, c.parent_no order by c.normalised, c.node_no) as place,
             count(*) over (partition by c.case_no, c.parent_no) as children
      from tree as c
      join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
      join scheme_node as b on b.node_no = c.parent_no and b.depth = getvariable('tree_depth') and b.aggregate = 'median'
      where c.normalised is not null) as placed
where place in ((children + 1) // 2, (children + 2) // 2);
