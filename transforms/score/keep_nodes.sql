-- Replace what is kept of the tree for the scheme and the scored periods. variable: scheme.
delete from score.node where scheme = getvariable('scheme') and period in (select distinct period from score_subject);

insert into score.node
select getvariable('scheme'), c.period, c.subject_id, d.node, u.node, d.depth, d.ordinal, d.side, d.indicator, v.raw, v.value, v.prepared,
       g.target, v.n, v.interval_low, v.interval_high, t.normalised, k.weight, w.weight, k.contribution, t.coverage, t.status
from tree as t
join score_case as c on c.case_no = t.case_no
join scheme_node as d on d.node_no = t.node_no
left join scheme_node as u on u.node_no = d.parent_no
left join scheme_weight as w on w.node_no = t.node_no and w.group_no = t.group_no
left join share as k on k.case_no = t.case_no and k.node_no = t.node_no
left join (select distinct group_no, node_no, indicator_no from scheme_leaf where not is_fallback and applicable) as l
  on l.group_no = t.group_no and l.node_no = t.node_no
left join value as v on v.case_no = t.case_no and v.indicator_no = l.indicator_no
left join leaf_target as g on g.case_no = t.case_no and g.node_no = t.node_no
where w.weight > 0 or d.parent_no is null;
