-- ln(x − min + a) with a = 0.01 · (max − min), COINr's log_CT; log_by_skew: where the skew is negative −ln(max − x + a), log_CT_plus.
create or replace temp table touched as
with span as (
    select s.indicator_no, s.peer_no, min(s.value) as lowest, max(s.value) as highest,
           any_value(b.skew) < 0 and getvariable('prepare_otherwise') = 'log_by_skew' as turned
    from sample as s
    join failed as f on f.indicator_no = s.indicator_no and f.peer_no = s.peer_no
    join shape_before as b on b.indicator_no = s.indicator_no and b.peer_no = s.peer_no
    group by s.indicator_no, s.peer_no
)
select s.case_no, s.indicator_no,
       case when k.turned then -ln(k.highest - s.value + 0.01 * (k.highest - k.lowest))
            else ln(s.value - k.lowest + 0.01 * (k.highest - k.lowest)) end as value,
       cast(null as double) as interval_low, cast(null as double) as interval_high, 'ok' as status, v.n, 'log' as note
from sample as s
join span as k on k.indicator_no = s.indicator_no and k.peer_no = s.peer_no
join value as v on v.case_no = s.case_no and v.indicator_no = s.indicator_no;
