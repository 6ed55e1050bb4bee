-- mean + sd · (x − mean of peers) / sd of peers; lower is better: the sign turned. OECD Handbook 2008, ch. 5.
insert into leaf_points
select p.case_no, p.node_no,
       coalesce(p.mean + p.sd * case when p.lower then -1 else 1 end
                * ((p.x - k.lowest) / (k.highest - k.lowest) - k.mean_share) / k.sd_share
                / case when p.estimator = 'sample' then sqrt(k.peers / (k.peers - 1.0)) else 1 end,
                p.when_equal, p.mean)
from leaf_parameter as p
join leaf_peer as k on k.node_no = p.node_no and k.peer_no = p.peer_no
where p.method = 'z_score';
