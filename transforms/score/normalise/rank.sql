-- The place among the peers, equal values sharing by ties; or best − step · (place from the best − 1), not below least.
insert into leaf_points
select case_no, node_no, case when step is null then place else greatest("least", best - step * (place - 1)) end
from (select k.case_no, k.node_no, s.best, s.step, s."least",
             -- up: counted from the lowest value
             case when (s.step is null and s.counted_from = 'worst') = not k.lower
                  then case s.ties when 'min' then k.first_place
                                   when 'max' then k.last_place
                                   when 'average' then (k.first_place + k.last_place) / 2.0
                                   else k.tie_no end
                  else case s.ties when 'min' then k.peers + 1 - k.last_place
                                   when 'max' then k.peers + 1 - k.first_place
                                   when 'average' then k.peers + 1 - (k.first_place + k.last_place) / 2.0
                                   else k.ties + 1 - k.tie_no end end as place
      from leaf_place('rank') as k
      join scheme_leaf as s on s.group_no = k.group_no and s.node_no = k.node_no and s.is_fallback = k.is_fallback) as p;
