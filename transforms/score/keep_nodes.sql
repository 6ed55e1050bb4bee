-- Replace what is kept of the tree for the scheme and the scored periods. variables: scheme, run_no.
create or replace temp table replaced as
select run_no, case_no from score.run_case
where scheme = getvariable('scheme') and period in (select distinct period from score_subject);
delete from score.point as p using replaced as r where r.run_no = p.run_no and r.case_no = p.case_no;
delete from score.run_case as c using replaced as r where r.run_no = c.run_no and r.case_no = c.case_no;
delete from score.run_node where run_no not in (select run_no from score.run_case);

set variable run_no = (select coalesce(max(run_no), 0) + 1 from score.run_case);

insert into score.run_case
select getvariable('run_no'), case_no, group_no, getvariable('scheme'), period, subject_id from score_case;

insert into score.run_node
select getvariable('run_no'), w.group_no, n.node_no, n.node, u.node, n.depth, n.ordinal, n.side, n.indicator, w.weight, l.target
from scheme_weight as w
join scheme_node as n on n.node_no = w.node_no
left join scheme_node as u on u.node_no = n.parent_no
left join scheme_leaf as l on l.group_no = w.group_no and l.node_no = w.node_no and l.applicable and not l.is_fallback;

-- branches and the children of nodes that are no plain mean stand in share; the other leaves take their part of their parent here
insert into score.point
select getvariable('run_no'), k.case_no, k.node_no, v.raw, case when v.prepared is not null then v.value end, v.prepared, g.target, v.n,
       v.interval_low, v.interval_high, k.normalised, k.weight, k.contribution, k.coverage, k.status
from (select case_no, node_no, group_no, normalised, weight, contribution, coverage, status from share
      union all by name
      select case_no, node_no, group_no, normalised, weight, contribution, coverage, status from leaf_share) as k
left join (select group_no, node_no, indicator_no from scheme_leaf where applicable and not is_fallback) as l
  on l.group_no = k.group_no and l.node_no = k.node_no
left join value as v on v.case_no = k.case_no and v.indicator_no = l.indicator_no
left join leaf_target as g on g.case_no = k.case_no and g.node_no = k.node_no;
