-- Rank correlation (Spearman) of the points of siblings, over the results that have both; pairs above the limit either way.
-- Parents of more than $most children are left out: that many pairs are the work of 'scheme slim'.
with wanted as (
    select parent from (select distinct parent, node from score.node where parent is not null) group by parent having count(*) <= $most
),
pair as (
    select a.parent, a.node as first, b.node as second, a.ordinal as first_no, b.ordinal as second_no, a.normalised as x, b.normalised as y
    from score.node as a
    join score.node as b on b.period = a.period and b.subject_id = a.subject_id and b.parent = a.parent
         and b.ordinal > a.ordinal and b.normalised is not null
    where a.normalised is not null and a.parent in (from wanted)
),
place as (
    select parent, first, second, first_no, second_no,
           rank() over (partition by first, second order by x) + (count(*) over (partition by first, second, x) - 1) / 2.0 as rx,
           rank() over (partition by first, second order by y) + (count(*) over (partition by first, second, y) - 1) / 2.0 as ry
    from pair
)
select parent, first, second, count(*) as n, corr(rx, ry) as correlation
from place group by parent, first, second
having count(*) >= $at_least and abs(corr(rx, ry)) > $limit
order by min(first_no), min(second_no)
