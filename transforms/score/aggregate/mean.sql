-- Branches of one depth from their children. Means: the available children share the weight of the absent ones.
-- Formulas: declarations/scheme/aggregate.py. variable: tree_depth. Methods that need more fill branch_value first.
create or replace temp table branch as
select *, aggregated as normalised from (
select k.case_no, k.node_no, b.parent_no, k.group_no,
       case when k.withheld is not null or k.available = 0
                 or k.available < coalesce(b.minimum_available, 0)
                 or k.available < b.minimum_coverage * k.applicable - 1e-9 then null
            when b.aggregate = 'arithmetic' then k.total / k.weight
            when b.aggregate = 'sum' then k.total
            when b.aggregate = 'min' then k.least
            when b.aggregate = 'max' then k.most
            when b.aggregate = 'geometric' and k.least < 0 then null
            when b.aggregate = 'geometric' and k.least = 0 then 0.0
            when b.aggregate = 'geometric' then exp(k.total / k.weight)
            else v.points end as aggregated,
       k.weight as available, k.coverage,
       case when k.withheld is not null then status_of(k.withheld)
            when k.available = 0 then status_of(k.gone)
            when k.available < coalesce(b.minimum_available, 0) or k.available < b.minimum_coverage * k.applicable - 1e-9 then 'too_few'
            when b.aggregate in ('geometric', 'power') and k.least < 0 then 'invalid'
            when b.aggregate = 'expression' and v.points is null and k.available < k.children then status_of(k.gone)
            when k.statuses = 1 then 'ok' else 'incomplete' end as status
from (
    select c.case_no, c.parent_no as node_no, max(c.group_no) as group_no,
           exact_sum(w.weight * case b.aggregate when 'geometric' then case when c.normalised > 0 then ln(c.normalised) end
                                                 else c.normalised end) as total,
           exact_sum(case when c.normalised is not null then w.weight end) as weight,
           min(c.normalised) as least, max(c.normalised) as most, count(c.normalised) as available,
           count(case when c.status <> 'not_applicable' then 1 end) as applicable,
           exact_sum(w.weight * c.coverage) / nullif(exact_sum(case when c.coverage is not null then w.weight end), 0) as coverage,
           count(*) as children, bit_or(status_bit(c.status)) as statuses,
           bit_or(case when c.normalised is null then status_bit(c.status) end) as gone,
           bit_or(case when c.withholds then status_bit(c.status) end) as withheld
    from tree as c
    join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
    join scheme_node as b on b.node_no = c.parent_no and b.depth = getvariable('tree_depth')
    group by c.case_no, c.parent_no
) as k
join scheme_node as b on b.node_no = k.node_no
left join branch_value as v on v.case_no = k.case_no and v.node_no = k.node_no
) as one;
