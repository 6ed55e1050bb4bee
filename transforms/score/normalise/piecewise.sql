-- Linear between the corners of a table; before the first corner below, from the last on above (default: their own points).
-- Corners go one way, up or down; where a subject's own corners do not, the leaf is invalid. A value that agrees with a corner to
-- twelve digits is at the corner.
insert into leaf_points
with own_leaf as (
    select distinct group_no, node_no, is_fallback from scheme_corner where "at" is null),
corner as (
    -- table_no: −1 where the corners are fixed, else the case that they belong to
    select -1 as table_no, c.group_no, c.node_no, c.is_fallback, c.ordinal, c."at" as start, c.points
    from scheme_corner as c
    anti join own_leaf as w on w.group_no = c.group_no and w.node_no = c.node_no and w.is_fallback = c.is_fallback
    union all
    select l.case_no, c.group_no, c.node_no, c.is_fallback, c.ordinal, coalesce(c."at", o.number, q.number), c.points
    from scheme_corner as c
    join own_leaf as w on w.group_no = c.group_no and w.node_no = c.node_no and w.is_fallback = c.is_fallback
    join leaf as l on l.group_no = c.group_no and l.node_no = c.node_no and l.is_fallback = c.is_fallback and l.status = 'ok'
    left join own_parameter as o
      on o.case_no = l.case_no and o.node_no = l.node_no and o.is_fallback = l.is_fallback and o.parameter = 'at_' || c.ordinal
    left join leaf_peer_parameter as q
      on q.group_no = l.group_no and q.node_no = l.node_no and q.is_fallback = l.is_fallback and q.peer_no = l.peer_no
         and q.parameter = 'at_' || c.ordinal),
segment as (
    select *, lead(start) over up as stop, lead(points) over up as next_points
    from corner
    window up as (partition by table_no, group_no, node_no, is_fallback order by ordinal)),
way as (
    select table_no, group_no, node_no, is_fallback, arg_min(points, ordinal) as first_points, bool_and(stop > start) as upward
    from segment
    group by table_no, group_no, node_no, is_fallback
    having count(start) = count(*) and not coalesce(bool_or(same(start, stop)), false)
           and (bool_and(stop > start) or bool_and(stop < start))),
-- a segment reaches from its corner up to the next, or down to it
reach as (
    select s.*, case when w.upward then from_on(s.start, true) else coalesce(from_on(s.stop, false), cast('-inf' as double)) end as low,
           case when w.upward then coalesce(from_on(s.stop, true), cast('inf' as double)) else from_on(s.start, false) end as high
    from segment as s
    join way as w on w.table_no = s.table_no and w.group_no = s.group_no and w.node_no = s.node_no and w.is_fallback = s.is_fallback)
select p.case_no, p.node_no,
       case when s.ordinal is null then coalesce(p.below, w.first_points)
            when s.stop is null then coalesce(p.above, s.points)
            else s.points + (s.next_points - s.points) * (p.x - s.start) / (s.stop - s.start) end
from (select l.*, case when o.node_no is null then -1 else l.case_no end as table_no
      from leaf_parameter as l
      left join own_leaf as o on o.group_no = l.group_no and o.node_no = l.node_no and o.is_fallback = l.is_fallback
      where l.method = 'piecewise') as p
join way as w on w.table_no = p.table_no and w.group_no = p.group_no and w.node_no = p.node_no and w.is_fallback = p.is_fallback
left join reach as s
  on s.table_no = p.table_no and s.group_no = p.group_no and s.node_no = p.node_no and s.is_fallback = p.is_fallback
     and p.x >= s.low and p.x < s.high;
