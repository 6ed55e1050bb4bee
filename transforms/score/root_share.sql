-- The decomposition starts at the roots: the score's tree, and each tree beside it in its own points.
create or replace temp table share as
select t.case_no, t.node_no, cast(1 as double) as weight, cast(1 as double) as multiplier, cast(0 as double) as offset_points,
       t.normalised as contribution
from tree as t join scheme_node as n on n.node_no = t.node_no and n.parent_no is null
where t.normalised is not null;
