-- Leaves below a weighted mean or sum, by the same formula as share_linear.sql.
create or replace temp view leaf_share as
select c.case_no, c.node_no, c.group_no, c.normalised, c.coverage, c.status,
       case when c.normalised is null or p.normalised is null then 0.0 when b.aggregate = 'sum' then w.weight else w.weight / p.available end as weight,
       case when p.down is null then null when c.normalised is null or p.normalised is null then 0.0
            else p.down * case when b.aggregate = 'sum' then w.weight else w.weight / p.available end * c.normalised
                 + p.left_over * w.weight / p.available end as contribution
from tree as c
join scheme_node as n on n.node_no = c.node_no and n.is_leaf
join scheme_node as b on b.node_no = c.parent_no and b.aggregate in ('arithmetic', 'sum')
join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
join share as p on p.case_no = c.case_no and p.node_no = c.parent_no;
