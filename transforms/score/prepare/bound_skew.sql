-- Where winsorising by skew and kurtosis begins: nothing is out of bounds. What is within the limits is through.
create or replace temp table bound as
select indicator_no, peer_no, lowest as low, highest as high, not within_limits(skew, kurtosis) as open,
       within_limits(skew, kurtosis) as within_limits, cast(0 as bigint) as changed, skew, kurtosis
from shape_before;
