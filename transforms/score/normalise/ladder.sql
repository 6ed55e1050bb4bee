-- The points of the furthest step that x meets, else otherwise. A value that agrees with a bound to twelve digits is at the bound.
insert into leaf_points
with edge as (
    select *, from_on(bound, upward = inclusive) as edge
    from scheme_step),
step as (
    select *, lead(edge) over (partition by group_no, node_no, is_fallback order by ordinal) as next_edge
    from edge)
select p.case_no, p.node_no, coalesce(s.points, p.otherwise)
from leaf_parameter as p
left join (select group_no, node_no, is_fallback, points,
                  case when upward then edge else coalesce(next_edge, cast('-inf' as double)) end as low,
                  case when upward then coalesce(next_edge, cast('inf' as double)) else edge end as high
           from step) as s
  on s.group_no = p.group_no and s.node_no = p.node_no and s.is_fallback = p.is_fallback and p.x >= s.low and p.x < s.high
where p.method = 'ladder';
