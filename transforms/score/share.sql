-- From the parents of one depth to their children: contribution = multiplier × points + offset; children add up to their parent.
-- A mean is the arithmetic mean under weights w · chord (macros.sql); what rounding, clamping and adding did after the
-- aggregation is shared by the same weights. variable: tree_depth = depth of the children.
insert into share
with parent as (
    select s.case_no, s.node_no, b.aggregate, b.p, t.aggregated, s.multiplier * f.factor as multiplier,
           s.multiplier * (t.normalised - f.factor * t.aggregated) + s.offset_points as left_over
    from share as s
    join scheme_node as b on b.node_no = s.node_no and not b.is_leaf and b.depth = getvariable('tree_depth') - 1
    join tree as t on t.case_no = s.case_no and t.node_no = s.node_no
    join scheme_factor as f on f.node_no = t.node_no and f.group_no = t.group_no
),
child as (
    select c.case_no, c.node_no, c.parent_no, c.normalised, w.weight as nominal, p.aggregate, p.multiplier, p.left_over,
           w.weight * case
               when c.normalised is null then null
               when p.aggregate in ('arithmetic', 'sum', 'copeland', 'expression') then 1.0
               when p.aggregate in ('min', 'max') then case when c.normalised = p.aggregated then 1.0 else 0.0 end
               when p.aggregate in ('geometric', 'harmonic', 'power') and p.aggregated = 0
                   then case when c.normalised = 0 then 1.0 else 0.0 end
               else chord(c.normalised / p.aggregated, p.aggregate, p.p) end as pull
    from tree as c
    join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
    join parent as p on p.case_no = c.case_no and p.node_no = c.parent_no
    where p.aggregate not in ('best', 'median')
    union all
    select c.case_no, c.node_no, c.parent_no, c.normalised, k.weight, p.aggregate, p.multiplier, p.left_over, coalesce(k.weight, 0.0)
    from tree as c
    join parent as p on p.case_no = c.case_no and p.node_no = c.parent_no and p.aggregate in ('best', 'median')
    left join branch_taken as k on k.case_no = c.case_no and k.child_no = c.node_no
),
pulled as (
    select c.*, c.pull / t.total as portion, g.points as given
    from child as c
    join (select case_no, parent_no, exact_sum(pull) as total from child group by case_no, parent_no) as t
      on t.case_no = c.case_no and t.parent_no = c.parent_no
    left join branch_given as g on g.case_no = c.case_no and g.child_no = c.node_no
)
select case_no, node_no,
       case when normalised is null then 0.0 when aggregate = 'sum' then nominal else portion end as weight,
       case when normalised is null or given is not null or aggregate in ('copeland', 'expression') then 0.0
            when aggregate = 'sum' then multiplier * nominal else multiplier * portion end as multiplier,
       case when normalised is null then 0.0 else coalesce(multiplier * given, 0.0) + left_over * portion end as offset_points,
       case when normalised is null then 0.0
            when given is not null or aggregate in ('copeland', 'expression') then coalesce(multiplier * given, 0.0) + left_over * portion
            when aggregate = 'sum' then multiplier * nominal * normalised + left_over * portion
            else multiplier * portion * normalised + left_over * portion end as contribution
from pulled;
