-- How much each leaf of the tree says: how many results have points, how many different ones, how many the very same.
-- Where a leaf does not apply it is not counted.
select node, any_value(indicator) as indicator, count(*) filter (where status <> 'not_applicable') as applicable,
       count(*) filter (where status = 'ok') as available, count(distinct normalised) filter (where status = 'ok') as different,
       max(normalised) filter (where status = 'ok') as most, min(normalised) filter (where status = 'ok') as least,
       count(*) filter (where status = 'ok' and normalised = most_points) as at_most
from (
    select n.*, max(n.normalised) filter (where n.status = 'ok') over (partition by n.node) as most_points
    from score.node as n
    where n.scheme = $scheme and n.period in (select period from score_subject) and list_contains($leaves, n.node)
)
group by node order by min(ordinal)
