-- A branch from which nothing could be computed is invalid.
insert into tree
select case_no, node_no, parent_no, group_no, aggregated,
       case when isfinite(normalised) and abs(normalised) <= 1e15 then normalised end as normalised, available, coverage,
       case when status in ('ok', 'incomplete') and not coalesce(isfinite(normalised) and abs(normalised) <= 1e15, false) then 'invalid'
            else status end as status, false as withholds
from branch;
