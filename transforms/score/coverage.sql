-- Share of a subject's applicable nominal weight that has data. Kinds of absence that the scheme renormalises do not count.
create or replace temp table covered as
select t.period, t.subject_id,
       coalesce(sum(case when t.status = 'ok' then w.path_weight end order by t.node), 0)
         / nullif(sum(case when t.status not in (select status from scheme_renormalise) then w.path_weight end order by t.node), 0) as coverage
from tree as t
join scheme_weight as w on w.node = t.node and w.peer_group = t.peer_group
join scheme_node as d on d.node = t.node and d.is_leaf
group by t.period, t.subject_id;
