-- What an absent leaf does, as declared. coverage: 1 there, 0 absent, null where it hands its weight on and lowers nothing.
create or replace temp table tree as
select l.case_no, l.node_no, n.parent_no, l.group_no, l.aggregated,
       case when l.status = 'ok' then l.normalised
            when m.rule = 'points' then m.points
            when m.rule = 'peer_mean' then e.points end as normalised, cast(null as double) as available,
       cast(case when l.status = 'ok' then 1 when coalesce(m.rule, 'incomplete') <> 'renormalise' then 0 end as double) as coverage,
       l.status, coalesce(m.rule, '') = 'withhold' as withholds
from leaf_scored as l
join scheme_node as n on n.node_no = l.node_no
left join scheme_missing as m on m.node_no = l.node_no and m.status = l.status
left join peer_mean as e on e.node_no = l.node_no and e.peer_no is not distinct from l.peer_no and l.status <> 'ok';
