-- What lies beyond a bound is set to it.
create or replace temp table touched as
select v.case_no, v.indicator_no, within(v.value, b.low, b.high) as value,
       within(v.interval_low, b.low, b.high) as interval_low, within(v.interval_high, b.low, b.high) as interval_high,
       'ok' as status, v.n, 'winsorised' as note
from value as v
join prepare_peer as p on p.case_no = v.case_no
join bound as b on b.indicator_no = v.indicator_no and b.peer_no = p.peer_no
where v.status = 'ok' and (v.value < b.low or v.value > b.high);
