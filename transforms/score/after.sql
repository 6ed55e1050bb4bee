-- One step after the points, on the rows of the table leaf_scored or branch. variable: after_ordinal. Reads the view after_input.
create or replace temp table after_output as
select t.* exclude (normalised), after_step(t.normalised, s.op, s.a, s.b, s.how) as normalised
from after_input as t
left join scheme_after as s
  on s.group_no = t.group_no and s.node_no = t.node_no and s.ordinal = getvariable('after_ordinal');
