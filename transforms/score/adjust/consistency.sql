-- Points by the lowest of the nodes. Reads node_points.
create or replace temp table proposed as
with lowest as (
    select case_no, min(points) as points, min(absent) as absent
    from node_points group by case_no having min(absent) is not null or count(points) >= 2
),
named as (
    select l.case_no, l.points, min(p.node) as node
    from lowest as l join node_points as p on p.case_no = l.case_no and p.points = l.points
    group by l.case_no, l.points
)
select case_no, cast(null as int) as decision_key, points, cast(0 as double) as before, points as reach, evidence
from (
    select e.case_no,
           case when l.absent is null then e.points * greatest(0.0, least(1.0, (l.points - e.low) / (e.high - e.low)))
                else 0.0 end as points,
           coalesce(l.absent, 'lowest: ' || n.node || ' = ' || shown(l.points)) as evidence
    from eligible as e
    join lowest as l on l.case_no = e.case_no
    left join named as n on n.case_no = e.case_no
) as measured;
