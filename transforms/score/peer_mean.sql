-- Mean points of the peers, for leaves where that stands in for what is absent.
create or replace temp table peer_mean as
select l.node_no, l.peer_no, exact_sum(l.normalised) / count(*) as points
from leaf_scored as l
where l.status = 'ok' and l.node_no in (select node_no from scheme_missing where rule = 'peer_mean')
group by l.node_no, l.peer_no;
