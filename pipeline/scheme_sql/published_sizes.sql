-- Subjects of a scheme in each group, in the last period that is published.
select coalesce(peer_group, '') as peer_group, count(*) as size
from result
where scheme = $scheme and period = (select max(period) from result where scheme = $scheme)
group by all order by 1
