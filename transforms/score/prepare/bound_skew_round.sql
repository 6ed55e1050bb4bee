-- One round for all indicators that are not through: look at the shape; where it is beyond the limits, one more value (with its
-- equals) comes out of bounds at the longer tail. Never so far that all would be equal.
create or replace temp table clipped as
select s.indicator_no, s.peer_no, within(s.value, b.low, b.high) as value, s.value < b.low or s.value > b.high as moved
from sample as s join bound as b on b.indicator_no = s.indicator_no and b.peer_no = s.peer_no
where b.open;

create or replace temp table looked as
with edge as (
    select c.indicator_no, c.peer_no, count(*) filter (c.moved) as changed, min(c.value) filter (c.value > b.low) as next_low,
           max(c.value) filter (c.value < b.high) as next_high
    from clipped as c join bound as b on b.indicator_no = c.indicator_no and b.peer_no = c.peer_no
    group by c.indicator_no, c.peer_no
), shape as (
    select m.*, e.changed, e.next_low, e.next_high,
           within_limits(m.skew, m.kurtosis) as within_limits
    from moments('clipped') as m join edge as e on e.indicator_no = m.indicator_no and e.peer_no = m.peer_no
)
select *, not within_limits and changed < getvariable('prepare_at_most')
       and case when skew >= 0 then next_high > lowest else next_low < highest end as open
from shape;

update bound
set skew = k.skew, kurtosis = k.kurtosis, changed = k.changed, within_limits = k.within_limits, open = k.open,
    high = case when k.open and k.skew >= 0 then k.next_high else bound.high end,
    low = case when k.open and k.skew < 0 then k.next_low else bound.low end
from looked as k
where k.indicator_no = bound.indicator_no and k.peer_no = bound.peer_no;
