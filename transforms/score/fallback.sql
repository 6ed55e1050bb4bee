-- In a group smaller than a method's minimum the fallback takes over; without one the leaf is too_few.
create or replace temp table leaf_next as
select l.case_no, l.node_no, l.group_no, l.peer_no, g.few and f.node_no is not null as is_fallback,
       case when g.few and f.node_no is not null then f.method else l.method end as method, l.lower, l.x,
       case when l.status = 'ok' and g.few and f.node_no is null then 'too_few' else l.status end as status
from leaf as l
join (select k.node_no, k.peer_no, k.group_no, coalesce(count(*) filter (where k.status = 'ok') < max(s.minimum_peers), false) as few
      from (select node_no, peer_no, group_no, status from leaf) as k
      join scheme_leaf as s on s.group_no = k.group_no and s.node_no = k.node_no and not s.is_fallback
      group by k.node_no, k.peer_no, k.group_no) as g
  on g.node_no = l.node_no and g.peer_no is not distinct from l.peer_no and g.group_no = l.group_no
left join scheme_leaf as f on f.group_no = l.group_no and f.node_no = l.node_no and f.is_fallback;
