-- Points by the lowest of the nodes. Reads node_spread.
create or replace temp table proposed as
select case_no, cast(null as int) as decision_key, points, cast(0 as double) as before, points as reach, evidence
from (
    select e.case_no,
           case when s.absent is null and len(s.points) >= 2
                then e.points * greatest(0.0, least(1.0, (s.lowest.points - e.low) / (e.high - e.low))) else 0.0 end as points,
           coalesce(s.absent, 'lowest: ' || s.lowest.node || ' = ' || shown(s.lowest.points)) as evidence
    from eligible as e join node_spread as s on s.case_no = e.case_no
    where s.absent is not null or len(s.points) >= 2
) as measured;
