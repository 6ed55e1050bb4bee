-- full − per_unit · shortfall / unit, not below least; shortfall: how far x is on the wrong side of the threshold.
-- whole_units: begun units count as whole ones; 1e-9 of a unit is noise.
insert into leaf_points
select case_no, node_no,
       greatest("least", "full" - per_unit * case when whole_units then ceil(shortfall / unit - 1e-9) else shortfall / unit end)
from (select *, greatest(0.0, case when lower then x - threshold else threshold - x end) as shortfall
      from leaf_parameter
      where method = 'threshold' and threshold is not null and per_unit is not null) as p;
