-- The decomposition starts at the roots: the score's tree, and each tree beside it in its own points.
-- down: what a point of the aggregate adds to the root; left_over: what the steps after the aggregation did, to be shared out below.
create or replace temp table share as
select t.case_no, t.node_no, t.parent_no, t.group_no, t.aggregated, t.normalised, t.available, t.coverage, t.status,
       cast(1 as double) as weight, t.normalised as contribution, case when t.normalised is not null then t.factor end as down,
       t.normalised - t.factor * t.aggregated as left_over
from (select t.*, down_factor(t.aggregated, t.normalised, f.factor) as factor
      from tree as t join scheme_factor as f on f.node_no = t.node_no and f.group_no = t.group_no) as t
join scheme_node as n on n.node_no = t.node_no and n.parent_no is null;
