-- constant + a · |b − x|^c.
insert into leaf_points
select case_no, node_no, constant + a * pow(abs(b - x), c)
from leaf_parameter
where method = 'power';
