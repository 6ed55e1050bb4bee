-- One run's subjects from $low to $high, of all the files the largest: written piece by piece, so that no sort outgrows the memory.
select c.subject_id as subject, c.period, d.node, d.parent, p.raw, p.value, p.prepared, coalesce(p.target, d.target) as target, p.n,
       p.interval_low, p.interval_high, p.normalised, p.weight, d.nominal_weight, p.contribution, p.coverage, p.status, d.indicator, d.side,
       d.depth, d.ordinal
from score.point as p
join score.run_case as c on c.run_no = p.run_no and c.case_no = p.case_no
join score.run_node as d on d.run_no = p.run_no and d.group_no = c.group_no and d.node_no = p.node_no
where p.run_no = $run and p.case_no between $low and $high
order by p.case_no, p.node_no
