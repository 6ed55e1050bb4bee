select i.scheme, i.period, i.publication, i.state, i.approver, i.as_of, p.published_at
from (select *, row_number() over (partition by scheme, period order by publication desc) as place from ops.publication_item) as i
join ops.publication as p on p.publication = i.publication
where i.place = 1 order by i.scheme, i.period
