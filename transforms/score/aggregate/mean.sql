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
            when b.aggregate in ('geometric', 'harmonic') and k.least < 0 then null
            when b.aggregate in ('geometric', 'harmonic') and k.least = 0 then 0.0
            when b.aggregate = 'geometric' then exp(k.total / k.weight)
            when b.aggregate = 'harmonic' then k.weight / k.total
            else v.points end as aggregated,
       k.coverage,
       case when k.withheld is not null then k.withheld
            when k.available = 0 then k.none
            when k.available < coalesce(b.minimum_available, 0) or k.available < b.minimum_coverage * k.applicable - 1e-9 then 'too_few'
            when b.aggregate in ('geometric', 'harmonic', 'power') and k.least < 0 then 'invalid'
            when b.aggregate = 'expression' and v.points is null and k.available < k.children then k.gone
            when k.whole then 'ok' else 'incomplete' end as status
from (
    select c.case_no, c.parent_no as node_no, max(c.group_no) as group_no,
           exact_sum(w.weight * case b.aggregate when 'geometric' then case when c.normalised > 0 then ln(c.normalised) end
                                                 when 'harmonic' then case when c.normalised > 1e-15 then 1 / c.normalised end
                                                 else c.normalised end) as total,
           exact_sum(case when c.normalised is not null then w.weight end) as weight,
           min(c.normalised) as least, max(c.normalised) as most, count(c.normalised) as available,
           count(*) filter (where c.status <> 'not_applicable') as applicable,
           exact_sum(w.weight * c.coverage) / nullif(exact_sum(case when c.coverage is not null then w.weight end), 0) as coverage,
           bool_and(c.status = 'ok') as whole, count(*) as children, max(c.status) filter (where c.normalised is null) as gone, max(c.status) filter (where c.withholds) as withheld,
           case when count(distinct c.status) = 1 then max(c.status)
                when bool_and(c.status in ('too_few', 'not_applicable')) then 'too_few'
                when bool_or(c.status = 'source_down') then 'source_down'
                when bool_or(c.status = 'not_reported') then 'not_reported' else 'invalid' end as none
    from tree as c
    join scheme_weight as w on w.node_no = c.node_no and w.group_no = c.group_no and w.weight > 0
    join scheme_node as b on b.node_no = c.parent_no and b.depth = getvariable('tree_depth')
    group by c.case_no, c.parent_no
) as k
join scheme_node as b on b.node_no = k.node_no
left join branch_value as v on v.case_no = k.case_no and v.node_no = k.node_no
) as one;
