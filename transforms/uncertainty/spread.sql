-- From the leaves on, each run is a period of its own, over the leaves of its draw of the values; and every (run, group) is a group
-- of its own, with its own weights: group + groups · (run + 1). The declared groups stay for what reads a case's group.
-- Reads given_*, run (run_no, key, sample_no) and drawn_weight (run_no, group_no, node_no, weight).
create or replace temp table run_case as
select cast(row_number() over (order by r.run_no, c.case_no) as int) as case_no, c.case_no as sample_case, r.run_no, r.key,
       cast((select count(*) from scheme_group) * (r.run_no + 1) as int) as group_offset
from score_case as c
join sample_key as k on k.key = left(c.period, length(k.key))
join run as r on r.sample_no = k.sample_no;

create or replace temp table score_case_next as
select c.* replace (r.case_no as case_no, r.key || split_part(c.period, chr(31), -1) as period)
from score_case as c join run_case as r on r.sample_case = c.case_no;

create or replace temp table case_out_next as
select o.* replace (r.case_no as case_no) from case_out as o join run_case as r on r.sample_case = o.case_no;

create or replace temp table tree_next as
select t.* replace (r.case_no as case_no, t.group_no + r.group_offset as group_no)
from tree as t join run_case as r on r.sample_case = t.case_no;

create or replace temp table scheme_weight as
select cast(d.group_no + (select count(*) from scheme_group) * (d.run_no + 1) as int) as group_no, d.node_no, n.parent_no, d.weight
from drawn_weight as d join scheme_node as n on n.node_no = d.node_no;

insert into scheme_after
select cast(a.group_no + (select count(*) from scheme_group) * (r.run_no + 1) as int), a.* exclude (group_no)
from scheme_after as a cross join run as r;

create or replace temp table score_decision as
select r.key || d.period as period, d.* exclude (period) from given_decision as d cross join run as r;

create or replace temp table score_member as
select r.key || m.period as period, m.* exclude (period) from given_member as m cross join run as r;

create or replace temp table score_history as
select r.key || h.period as period, h.* exclude (period) from given_history as h cross join run as r;
