-- scale · x / max among the peers; lower is better: scale · min / x. Best of 0: when_equal for those at 0, 0 for the others;
-- best below 0: no ratio, the leaf is invalid.
insert into leaf_points
select case_no, node_no,
       case when same(lowest, highest) then coalesce(when_equal, scale)
            when best > 0 then scale * case when lower then best / x else x / best end
            when best = 0 and x = 0 then coalesce(when_equal, scale)
            when best = 0 then 0.0 end
from (select p.case_no, p.node_no, p.lower, p.x, p.scale, p.when_equal, k.lowest, k.highest,
             case when p.lower then k.lowest else k.highest end as best
      from leaf_parameter as p
      join leaf_peer as k on k.node_no = p.node_no and k.peer_no = p.peer_no
      where p.method = 'ratio_to_best') as p;
