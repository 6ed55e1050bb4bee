create or replace temp table bound as
select indicator_no, peer_no, quantile_cont(value, cast(getvariable('prepare_low') as double)) as low,
       quantile_cont(value, cast(getvariable('prepare_high') as double)) as high
from sample group by indicator_no, peer_no;
