-- One round for all indicators that are not through: one more value (with its equals) comes out of bounds at the longer tail, then
-- the shape is looked at again. Never so far that all would be equal.
create or replace temp table next_bound as
select *, coalesce(case when upward then inner_high > low else inner_low < high end, false) as movable
from (select b.indicator_no, b.peer_no, b.low, b.high, b.skew >= 0 as upward,
             max(s.value) filter (s.value > b.low and s.value < b.high) as inner_high,
             min(s.value) filter (s.value > b.low and s.value < b.high) as inner_low
      from bound as b join sample as s on s.indicator_no = b.indicator_no and s.peer_no = b.peer_no
      where b.open
      group by b.indicator_no, b.peer_no, b.low, b.high, b.skew) as n;

update bound
set high = case when n.movable and n.upward then n.inner_high else bound.high end,
    low = case when n.movable and not n.upward then n.inner_low else bound.low end,
    open = n.movable
from next_bound as n
where n.indicator_no = bound.indicator_no and n.peer_no = bound.peer_no;

create or replace temp table clipped as
select s.indicator_no, s.peer_no, within(s.value, b.low, b.high) as value, s.value < b.low or s.value > b.high as moved
from sample as s join bound as b on b.indicator_no = s.indicator_no and b.peer_no = s.peer_no
where b.open;

update bound
set skew = m.skew, kurtosis = m.kurtosis, changed = c.changed, within_limits = within_limits(m.skew, m.kurtosis),
    open = not within_limits(m.skew, m.kurtosis) and c.changed < getvariable('prepare_at_most')
from moments('clipped') as m
join (select indicator_no, peer_no, count(*) filter (moved) as changed from clipped group by indicator_no, peer_no) as c
  on c.indicator_no = m.indicator_no and c.peer_no = m.peer_no
where m.indicator_no = bound.indicator_no and m.peer_no = bound.peer_no;
