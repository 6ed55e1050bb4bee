select getvariable('scheme') as scheme, p.period, t.automatic_share, t.judged_share, t.manual_entries, t.indicators, t.leaves, t.feeds,
       t.documents, t.ledgers_replaced, t.replaces
from published_traceless as t
cross join (select unnest(getvariable('periods')) as period) as p
order by p.period
