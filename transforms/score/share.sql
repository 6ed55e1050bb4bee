-- As share_linear.sql, from parents of other methods. A mean is the arithmetic mean under weights w · chord (macros.sql); an
-- extreme belongs to whoever attains it; branch_taken says who of a best-n or median; branch_given are shares found beforehand.
insert into share
with child as (
    select c.case_no, c.node_no, c.parent_no, c.group_no, c.aggregated, c.normalised, c.available, c.coverage, c.status,
           down_factor(c.aggregated, c.normalised, f.factor) as factor, p.down as up, p.left_over, c.normalised is null or p.normalised is null as absent, b.aggregate in ('copeland', 'expression') as by_gift,
           case when c.normalised is null then null
                when b.aggregate in ('best', 'median') then coalesce(k.weight, 0.0)
                when b.aggregate in ('copeland', 'expression') then w.weight
                when b.aggregate in ('min', 'max') then case when c.normalised = p.aggregated then w.weight else 0.0 end
                when p.aggregated = 0 then case when c.normalised = 0 then w.weight else 0.0 end
                else w.weight * chord(c.normalised / p.aggregated, b.aggregate, b.p) end as pull
    from tree as c
    join scheme_node as n on n.node_no = c.node_no and n.depth = getvariable('tree_depth')
    join scheme_node as b on b.node_no = c.parent_no and b.aggregate not in ('arithmetic', 'sum')
    join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
    join scheme_factor as f on f.node_no = c.node_no and f.group_no = c.group_no
    join share as p on p.case_no = c.case_no and p.node_no = c.parent_no
    left join branch_taken as k on k.case_no = c.case_no and k.child_no = c.node_no
),
given as (
    select c.*, c.pull / t.total as portion, case when c.by_gift then coalesce(g.points, 0.0) end as gift
    from child as c
    join (select case_no, parent_no, exact_sum(pull) as total from child group by case_no, parent_no) as t
      on t.case_no = c.case_no and t.parent_no = c.parent_no
    left join branch_given as g on g.case_no = c.case_no and g.child_no = c.node_no
)
select case_no, node_no, parent_no, group_no, aggregated, normalised, available, coverage, status, case when absent then 0.0 else portion end as weight,
       case when up is null then null when absent then 0.0
            else case when by_gift then up * gift else up * portion * normalised end + left_over * portion end as contribution,
       case when up is null then null when absent or by_gift then 0.0 else up * portion * factor end as down,
       case when up is null then null when absent then 0.0
            else case when by_gift then up * gift else up * portion * (normalised - factor * aggregated) end + left_over * portion end as left_over
from given;
