-- Branches of one depth from their children: the available children share the weight of the missing ones.
-- Coverage of a branch: its applicable children's, by weight; what does not apply hands its weight on and lowers nothing.
-- Sums are of exact decimals, so that the order of rows and threads change nothing. variable: tree_depth = depth of the branches to compute.
insert into tree
select c.period, c.subject_id, c.peer_group, b.node, null, null, null, null, null, null,
       case when max(b.aggregate) = 'geometric'
            then case when bool_or(c.normalised <= 0) then 0.0
                      else exp(exact_sum(case when c.normalised > 0 then w.weight * ln(c.normalised) end) / nullif(exact_sum(case when c.normalised is not null then w.weight end), 0)) end
            else exact_sum(w.weight * c.normalised) / nullif(exact_sum(case when c.normalised is not null then w.weight end), 0) end,
       exact_sum(w.weight * c.coverage) / nullif(exact_sum(case when c.coverage is not null then w.weight end), 0),
       case when count(c.normalised) = count(*) then 'ok'
            when count(c.normalised) > 0 then 'incomplete'
            when count(distinct c.status) = 1 then max(c.status)
            when bool_and(c.status in ('too_few', 'not_applicable')) then 'too_few'
            else 'not_reported' end
from (select period, subject_id, peer_group, node, case when status in ('ok', 'incomplete') then normalised end as normalised,
             coverage, status
      from tree) as c
join scheme_weight as w on w.node = c.node and w.peer_group = c.peer_group and w.weight > 0
join scheme_node as b on b.node = w.parent
where b.depth = getvariable('tree_depth') and not b.is_leaf
group by c.period, c.subject_id, c.peer_group, b.node;
