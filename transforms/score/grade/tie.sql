-- One tie-breaker: equal places are told apart by a node's points, to 1e-9, unless one of the equals has none. variable: tie_no.
create or replace temp table placed_next as
select * exclude (place_key, tie_points),
       case when score is not null then dense_rank() over (partition by period order by place_key nulls last, tie_points desc) end as place_key
from (
    select p.*, case when count(t.normalised) over (partition by p.period, p.place_key) = count(*) over (partition by p.period, p.place_key)
                     then floor(t.normalised * 1e9 + 0.5) else 0.0 end as tie_points
    from placed as p
    join scheme_tie as k on k.tie_no = getvariable('tie_no')
    left join tree as t on t.case_no = p.case_no and t.node_no = k.node_no
) as compared;
drop table placed;
alter table placed_next rename to placed;
