-- One tie-breaker: equal places are told apart by a node's points, to 1e-9, unless one of the equals has none. variable: tie_no.
create or replace temp table told_apart as
select case_no, place_key + rank() over (partition by period_no, place_key order by points desc) - 1 as place_key
from (
    select e.case_no, e.period_no, e.place_key, floor(t.normalised * 1e9 + 0.5) as points,
           count(t.normalised) over (partition by e.period_no, e.place_key) = e.equals as all_have_it
    from (select *, count(*) over (partition by period_no, place_key) as equals from placed where score is not null) as e
    join scheme_tie as k on k.tie_no = getvariable('tie_no')
    left join tree as t on t.case_no = e.case_no and t.node_no = k.node_no
    where e.equals > 1
) as compared
where all_have_it;

update placed set place_key = t.place_key
from told_apart as t where t.case_no = placed.case_no and t.place_key <> placed.place_key;
