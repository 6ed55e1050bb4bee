-- From a parent to its children: shares of the contribution that add up to it exactly.
-- arithmetic: multiplier × effective weight × points; geometric: the parent's contribution by log shares.
-- variable: tree_depth = depth of the children.
insert into contributed
select c.period, c.subject_id, c.node,
       case when c.normalised is null then 0.0 else w.weight / p.available end as weight,
       case when c.normalised is null then 0.0
            when p.aggregate <> 'geometric' then p.multiplier * w.weight / p.available
            when c.normalised = 0 then 0.0
            else p.contribution * (case when p.log_total = 0 then w.weight / p.available
                                        else w.weight * ln(c.normalised) / p.log_total end) / c.normalised end as multiplier,
       case when c.normalised is null then 0.0
            when p.aggregate <> 'geometric' then p.multiplier * w.weight / p.available * c.normalised
            when c.normalised = 0 then 0.0
            else p.contribution * (case when p.log_total = 0 then w.weight / p.available
                                        else w.weight * ln(c.normalised) / p.log_total end) end as contribution
from tree as c
join scheme_weight as w on w.node = c.node and w.peer_group = c.peer_group and w.weight > 0
join scheme_node as d on d.node = c.node and d.depth = getvariable('tree_depth')
join (select k.period, k.subject_id, b.node, max(b.aggregate) as aggregate, max(k.multiplier) as multiplier,
             max(k.contribution) as contribution,
             exact_sum(case when t.normalised is not null then v.weight end) as available,
             exact_sum(case when t.normalised > 0 then v.weight * ln(t.normalised) end) as log_total
      from contributed as k
      join scheme_node as b on b.node = k.node and not b.is_leaf
      join scheme_weight as v on v.parent = b.node and v.weight > 0
      join tree as t on t.node = v.node and t.peer_group = v.peer_group and t.period = k.period and t.subject_id = k.subject_id
      group by k.period, k.subject_id, b.node) as p
  on p.node = w.parent and p.period = c.period and p.subject_id = c.subject_id;
