-- What the scoring keeps of the tree, by numbers: written once, read through the view score.node.
-- score.result, score.adjustment and the like: score/grade/create.sql.
create schema if not exists score;
create table if not exists score.run_case (run_no int, case_no int, group_no int, scheme varchar, period varchar, subject_id varchar);
create table if not exists score.run_node (
    run_no int, group_no int, node_no int, node varchar, parent varchar, depth int, ordinal int, side boolean, indicator varchar,
    nominal_weight double, target double
);
create table if not exists score.point (
    run_no int, case_no int, node_no int, raw double, value double, prepared varchar, target double, n bigint, interval_low double,
    interval_high double, normalised double, weight double, contribution double, coverage double, status varchar
);
create view if not exists score.node as
select c.scheme, c.period, c.subject_id, d.node, d.parent, d.depth, d.ordinal, d.side, d.indicator, p.raw, p.value, p.prepared,
       coalesce(p.target, d.target) as target, p.n, p.interval_low, p.interval_high, p.normalised, p.weight, d.nominal_weight,
       p.contribution, p.coverage, p.status
from score.point as p
join score.run_case as c on c.run_no = p.run_no and c.case_no = p.case_no
join score.run_node as d on d.run_no = p.run_no and d.group_no = c.group_no and d.node_no = p.node_no;
