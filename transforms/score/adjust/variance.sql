-- Points for an even performance. Reads node_spread.
create or replace temp table proposed as
select case_no, cast(null as int) as decision_key, points, cast(0 as double) as before, points as reach, evidence
from (
    select e.case_no, case when s.absent is null and s.deviation <= e.at_most + 1e-9 then e.points else 0.0 end as points,
           coalesce(s.absent, 'standard deviation ' || shown(s.deviation)) as evidence
    from eligible as e
    join (select case_no, absent, len(points) as present, list_aggregate(points, 'stddev_pop') as deviation from node_spread) as s
      on s.case_no = e.case_no
    where s.absent is not null or s.present >= 2
) as measured;
