-- The points of the furthest step that x meets, else otherwise. A value that agrees with a bound to twelve digits is at the bound.
insert into leaf_points
with step as (
    select group_no, node_no, is_fallback, points, inclusive, case when upward then 1.0 else -1.0 end as way, bound,
           lead(bound) over steps as next_bound, lead(inclusive) over steps as next_inclusive
    from scheme_step
    window steps as (partition by group_no, node_no, is_fallback order by ordinal))
select p.case_no, p.node_no, coalesce(s.points, p.otherwise)
from leaf_parameter as p
left join step as s
  on s.group_no = p.group_no and s.node_no = p.node_no and s.is_fallback = p.is_fallback
     and case when same(p.x, s.bound) then s.inclusive else s.way * p.x > s.way * s.bound end
     and not coalesce(case when same(p.x, s.next_bound) then s.next_inclusive else s.way * p.x > s.way * s.next_bound end, false)
where p.method = 'ladder';
