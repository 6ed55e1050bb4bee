-- Outranking by duels: each pair of peers, child by child, on the children that both have. Cost: peers² × children.
create or replace temp table rival as
select c.case_no, c.node_no, c.parent_no, w.weight, c.normalised as x, s.period, s.ranking_group, b.raw
from tree as c
join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
join scheme_node as b on b.node_no = c.parent_no and b.depth = getvariable('tree_depth') and b.aggregate = 'copeland'
join score_case as s on s.case_no = c.case_no
where c.normalised is not null;

create or replace temp table duel as
select a.case_no, o.case_no as other, a.parent_no,
       exact_sum(case when a.x > o.x then a.weight end) as support, exact_sum(case when a.x < o.x then a.weight end) as against
from rival as a
join rival as o on o.node_no = a.node_no and o.period = a.period and o.ranking_group = a.ranking_group and o.case_no <> a.case_no
group by a.case_no, o.case_no, a.parent_no;

insert into branch_value
select k.case_no, k.parent_no, coalesce(d.points, 0.0) / case when k.raw then 1 else greatest(k.peers - 1, 1) end
from (select case_no, parent_no, raw, count(*) over (partition by period, ranking_group, parent_no) as peers
      from (select distinct case_no, parent_no, raw, period, ranking_group from rival) as one) as k
left join (select case_no, parent_no, sum(cast(sign(coalesce(support, 0) - coalesce(against, 0)) as int)) as points
           from duel group by case_no, parent_no) as d on d.case_no = k.case_no and d.parent_no = k.parent_no;

-- each duel's point is shared among the children that decided it, by weight: the shares add up to the node's points exactly
insert into branch_given
select g.case_no, g.child_no, g.parent_no, g.points / case when max(k.raw) then 1 else greatest(max(k.peers) - 1, 1) end
from (select a.case_no, a.node_no as child_no, a.parent_no,
             exact_sum(case when d.support > coalesce(d.against, 0) and a.x > o.x then a.weight / d.support
                            when d.against > coalesce(d.support, 0) and a.x < o.x then -a.weight / d.against else 0 end) as points
      from rival as a
      join duel as d on d.case_no = a.case_no and d.parent_no = a.parent_no
      join rival as o on o.case_no = d.other and o.node_no = a.node_no
      group by a.case_no, a.node_no, a.parent_no) as g
join (select case_no, parent_no, raw, count(*) over (partition by period, ranking_group, parent_no) as peers
      from (select distinct case_no, parent_no, raw, period, ranking_group from rival) as one) as k
  on k.case_no = g.case_no and k.parent_no = g.parent_no
group by g.case_no, g.child_no, g.parent_no, g.points;
