-- Results of each group, and whether they are of the annual tree, in which the year's own tree is one part.
select r.peer_group, count(*) as size,
       bool_or(exists (select 1 from score.node as n where n.scheme = r.scheme and n.period = r.period and n.node = 'annual')) as annual
from score.result as r
where r.scheme = $scheme and r.period in (select period from score_subject)
group by r.peer_group order by r.peer_group
