-- The mean or the median of the peers who have the value. Exact sums of values brought to [0, 1]: no order of rows changes them.
create or replace temp table touched as
with span as (
    select indicator_no, peer_no, count(*) as n, min(value) as lowest, max(value) as highest, quantile_cont(value, 0.5) as median
    from sample group by indicator_no, peer_no
), middle as (
    select s.indicator_no, s.peer_no, any_value(s.median) as median,
           least(any_value(s.highest), greatest(any_value(s.lowest), any_value(s.lowest) + (any_value(s.highest) - any_value(s.lowest))
               * coalesce(exact_sum(case when s.highest > s.lowest then (v.value - s.lowest) / (s.highest - s.lowest) else 0 end), 0)
               / any_value(s.n))) as mean
    from sample as v join span as s on s.indicator_no = v.indicator_no and s.peer_no = v.peer_no
    group by s.indicator_no, s.peer_no
)
select v.case_no, v.indicator_no, case getvariable('prepare_method') when 'mean' then m.mean else m.median end as value,
       cast(null as double) as interval_low, cast(null as double) as interval_high, 'ok' as status, cast(null as bigint) as n,
       getvariable('prepare_note') as note
from value as v
join prepare_indicator as i on i.indicator_no = v.indicator_no
join prepare_peer as p on p.case_no = v.case_no
join middle as m on m.indicator_no = v.indicator_no and m.peer_no = p.peer_no
where list_contains(getvariable('prepare_statuses'), v.status);
