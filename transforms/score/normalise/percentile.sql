-- Percentile rank among n peers, r = rank from the worst, equal values sharing by ties. Definitions: Hyndman and Fan 1996 (weibull,
-- hazen); Roscoe 1975 (below, inclusive); (r − 1) / (n − 1) and r − 1 as in COINr's n_prank and n_borda.
insert into leaf_points
select case_no, node_no,
       coalesce(case when first_place = 1 and last_place = peers then when_equal end,
                case definition
                    when 'exclusive_n1' then scale * case when peers = 1 then 0.5 else (r - 1) / (peers - 1) end
                    when 'inclusive' then scale * r / peers
                    when 'below' then scale * (r - 1) / peers
                    when 'hazen' then scale * (r - 0.5) / peers
                    when 'weibull' then scale * r / (peers + 1)
                    else r - 1 end)
from (select k.case_no, k.node_no, k.first_place, k.last_place, k.peers, s.when_equal, s.definition, s.scale,
             cast(case when s.ties = 'average' then case when k.lower then k.peers + 1 - (k.first_place + k.last_place) / 2.0
                                                         else (k.first_place + k.last_place) / 2.0 end
                       when (s.ties = 'min') = not k.lower then case when k.lower then k.peers + 1 - k.first_place else k.first_place end
                       else case when k.lower then k.peers + 1 - k.last_place else k.last_place end end as double) as r
      from leaf_place('percentile') as k
      join scheme_leaf as s on s.group_no = k.group_no and s.node_no = k.node_no and s.is_fallback = k.is_fallback) as p;
