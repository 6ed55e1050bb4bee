-- Rank correlation (Spearman) of the points of siblings, over the results that have both; pairs above the limit either way. Places are
-- counted among all that have the node. Parents of more than $most children are left out: that many pairs are the work of 'scheme slim'.
with known as (
    select * from score.node where scheme = $scheme and period in (select period from score_subject) and parent is not null
),
wanted as (
    select parent from (select distinct parent, node from known) group by parent having count(*) <= $most
),
place as (
    select parent, node, ordinal, dense_rank() over (order by period, subject_id) as result_no,
           rank() over (partition by node order by normalised) + (count(*) over (partition by node, normalised) - 1) / 2.0::double as place
    from known
    where normalised is not null and parent in (from wanted)
)
select a.parent, a.node as first, b.node as second, count(*) as n, corr(a.place, b.place) as correlation
from place as a
join place as b on b.result_no = a.result_no and b.parent = a.parent and b.ordinal > a.ordinal
group by a.parent, a.node, b.node
having count(*) >= $at_least and abs(corr(a.place, b.place)) > $limit
order by min(a.ordinal), min(b.ordinal)
