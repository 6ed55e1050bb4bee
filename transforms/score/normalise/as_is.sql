-- x · factor, in [least, most]; a bound that is null is none.
insert into leaf_points
select case_no, node_no, greatest("least", least(most, x * factor))
from leaf_parameter
where method = 'as_is';
