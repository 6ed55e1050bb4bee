-- What lies beyond a bound is set to it.
create or replace temp table touched as
select v.case_no, v.indicator_no, within(v.value, b.low, b.high) as value,
       within(v.interval_low, b.low, b.high) as interval_low, within(v.interval_high, b.low, b.high) as interval_high,
       'ok' as status, v.n, 'winsorised' as note
from sample as s
join bound as b on b.indicator_no = s.indicator_no and b.peer_no = s.peer_no
join value as v on v.case_no = s.case_no and v.indicator_no = s.indicator_no
where v.value < b.low or v.value > b.high;
