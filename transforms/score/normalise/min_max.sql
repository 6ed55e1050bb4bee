-- low + (high − low) · (x − min) / (max − min) among the peers; lower is better: (max − x) / (max − min). OECD Handbook 2008, ch. 5.
insert into leaf_points
select p.case_no, p.node_no,
       case when same(k.lowest, k.highest) then coalesce(p.when_equal, p.high)
            else p.low + (p.high - p.low) * case when p.lower then k.highest - p.x else p.x - k.lowest end / (k.highest - k.lowest) end
from leaf_parameter as p
join leaf_peer as k on k.node_no = p.node_no and k.peer_no = p.peer_no
where p.method = 'min_max';
