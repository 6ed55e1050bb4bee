-- What the methods gave; a value from which nothing could be computed is invalid; −0 is 0.
create or replace temp view leaf_computed as
select l.case_no, l.node_no, l.group_no, l.peer_no,
       case when l.status = 'ok' and isfinite(p.points) and abs(p.points) <= 1e15 then p.points + 0.0 end as aggregated,
       case when l.status = 'ok' and isfinite(p.points) and abs(p.points) <= 1e15 then p.points + 0.0 end as normalised,
       case when l.status = 'ok' and not coalesce(isfinite(p.points) and abs(p.points) <= 1e15, false) then 'invalid' else l.status end as status
from leaf as l
left join leaf_points as p on p.case_no = l.case_no and p.node_no = l.node_no;
