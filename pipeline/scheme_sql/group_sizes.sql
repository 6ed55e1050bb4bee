-- Subjects of each group, in the period in which it has most.
select peer_group, max(size) as size
from (select period, peer_group, count(*) as size from score_subject group by all)
group by peer_group order by peer_group
