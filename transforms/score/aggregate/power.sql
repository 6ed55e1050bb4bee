-- Generalised mean (p = −1: the harmonic mean) of the children that are there, scaled by the largest (p > 0) or smallest so that no power overflows.
insert into branch_value
select s.case_no, s.node_no,
       case when s.least < 0 then null
            when s.p < 0 and s.least = 0 or s.most = 0 then 0.0
            else s.unit * pow(exact_sum(case when s.unit > 0 and s.least >= 0 then s.weight * pow(s.x / s.unit, s.p) end) / exact_sum(s.weight), 1 / s.p) end as points
from (select c.case_no, c.parent_no as node_no, b.p, w.weight, c.normalised as x,
             min(c.normalised) over of_node as least, max(c.normalised) over of_node as most,
             case when b.p > 0 then max(c.normalised) over of_node else min(c.normalised) over of_node end as unit
      from tree as c
      join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
      join scheme_node as b on b.node_no = c.parent_no and b.depth = getvariable('tree_depth') and b.aggregate = 'power'
      where c.normalised is not null
      window of_node as (partition by c.case_no, c.parent_no)) as s
group by s.case_no, s.node_no, s.p, s.least, s.most, s.unit;
