-- With fewer peers than a method's minimum the fallback takes over; without one the leaf is too_few.
create or replace temp table leaf_next as
select l.case_no, l.node_no, l.group_no, l.peer_no, l.few and f.node_no is not null as is_fallback,
       case when l.few and f.node_no is not null then f.method else l.method end as method, l.lower, l.x,
       case when l.status = 'ok' and l.few and f.node_no is null then 'too_few' else l.status end as status
from (select k.*, coalesce(g.peers < s.minimum_peers, false) as few
      from leaf as k
      join scheme_leaf as s on s.group_no = k.group_no and s.node_no = k.node_no and not s.is_fallback
      left join (select node_no, peer_no, count(*) filter (where status = 'ok') as peers from leaf group by node_no, peer_no) as g
        on g.node_no = k.node_no and g.peer_no = k.peer_no) as l
left join scheme_leaf as f on f.group_no = l.group_no and f.node_no = l.node_no and f.is_fallback;
