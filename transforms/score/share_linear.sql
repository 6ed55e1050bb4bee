-- From parents that are a weighted mean or sum to their branches: contribution = down × weight × points + a part of what is left over.
-- Their leaves: leaf_share.sql. variable: tree_depth = depth of the children.
insert into share
select case_no, node_no, parent_no, group_no, aggregated, normalised, available, coverage, status,
       case when absent then 0.0 when is_sum then nominal else portion end as weight,
       case when up is null then null when absent then 0.0 else multiplier * normalised + left_over * portion end as contribution,
       case when up is null then null when absent then 0.0 else multiplier * factor end as down,
       case when up is null then null when absent then 0.0
            else multiplier * (normalised - factor * aggregated) + left_over * portion end as left_over
from (select c.*, w.weight as nominal, b.aggregate = 'sum' as is_sum, down_factor(c.aggregated, c.normalised, f.factor) as factor, p.left_over, p.down as up,
             c.normalised is null or p.normalised is null as absent, w.weight / p.available as portion,
             p.down * case when b.aggregate = 'sum' then w.weight else w.weight / p.available end as multiplier
      from (select case_no, node_no, parent_no, group_no, aggregated, normalised, available, coverage, status from tree) as c
      join scheme_node as n on n.node_no = c.node_no and n.depth = getvariable('tree_depth') and not n.is_leaf
      join scheme_node as b on b.node_no = c.parent_no and b.aggregate in ('arithmetic', 'sum')
      join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
      join scheme_factor as f on f.node_no = c.node_no and f.group_no = c.group_no
      join share as p on p.case_no = c.case_no and p.node_no = c.parent_no) as one;
