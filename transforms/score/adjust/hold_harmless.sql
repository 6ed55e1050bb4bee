-- The better of two computations.
create or replace temp table proposed as
select e.case_no, cast(null as int) as decision_key, t.normalised - e.score as points, cast(0 as double) as before,
       t.normalised - e.score as reach, n.node || ' = ' || shown(t.normalised) || ' is higher than ' || shown(e.score) as evidence
from eligible as e
join scheme_node as n on n.node_no = e.node_no
join tree as t on t.case_no = e.case_no and t.node_no = e.node_no
where t.normalised > e.score + 1e-9;
