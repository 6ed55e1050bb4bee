-- The points of the tree's nodes as they were kept, by number.
select c.case_no, d.node_no, n.normalised
from score.node as n
join scheme_node as d on d.node = n.node and not d.side
join score_case as c on c.period = n.period and c.subject_id = n.subject_id;
