-- Where winsorising by skew and kurtosis begins: nothing is out of bounds.
create or replace temp table bound as
select indicator_no, peer_no, min(value) as low, max(value) as high, true as open, false as within_limits, cast(0 as bigint) as changed,
       cast(null as double) as skew, cast(null as double) as kurtosis
from sample group by indicator_no, peer_no;
