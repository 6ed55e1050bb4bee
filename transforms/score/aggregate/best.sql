-- The highest children of a best-n node; equal ones by the order of declaration.
insert into branch_taken
select case_no, child_no, node_no, weight / cast(sum(cast(weight as decimal(38, 18))) over (partition by case_no, node_no) as double) as weight
from (select c.case_no, c.node_no as child_no, c.parent_no as node_no, w.weight, b.best_count,
             row_number() over (partition by c.case_no, c.parent_no order by c.normalised desc, c.node_no) as place
      from tree as c
      join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
      join scheme_node as b on b.node_no = c.parent_no and b.depth = getvariable('tree_depth') and b.aggregate = 'best'
      where c.normalised is not null) as placed
where place <= best_count;
