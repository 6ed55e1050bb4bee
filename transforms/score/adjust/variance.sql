-- Points for an even performance. Reads node_points. In lists, so that the order of rows does not enter.
create or replace temp table proposed as
select case_no, cast(null as int) as decision_key, points, cast(0 as double) as before, points as reach, evidence
from (
    select e.case_no, case when s.absent is null and s.deviation <= e.at_most + 1e-9 then e.points else 0.0 end as points,
           coalesce(s.absent, 'standard deviation ' || shown(s.deviation)) as evidence
    from eligible as e
    join (select case_no, min(absent) as absent,
                 list_aggregate(list(points order by node_no) filter (points is not null), 'stddev_pop') as deviation
          from node_points group by case_no having min(absent) is not null or count(points) >= 2) as s on s.case_no = e.case_no
) as measured;
