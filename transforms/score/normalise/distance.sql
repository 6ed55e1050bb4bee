-- scale · (1 − (reference − x) / spread), the spread from the reference to the worst of the peers; lower is better: the signs turned.
-- Beyond the reference more than scale, unless capped. A spread of 0 or less: when_equal. COINr's n_dist2max, n_dist2ref, n_dist2targ.
insert into leaf_points
with named as (
    select distinct l.node_no, c.period, s.subject, l.x
    from scheme_leaf as s
    join score_case as c on c.subject_id = s.subject
    join leaf as l on l.case_no = c.case_no and l.node_no = s.node_no and l.status = 'ok'
    where s.method = 'distance' and s."to" = 'reference'),
referred as (
    select p.case_no, p.node_no, p.scale, p.capped, p.when_equal, case when p.lower then -1 else 1 end as way, p.x,
           case when p.lower then k.highest else k.lowest end as worst,
           case p."to" when 'target' then p.target when 'reference' then r.x when 'best' then case when p.lower then k.lowest else k.highest end
           end as reference
    from leaf_parameter as p
    join leaf_peer as k on k.node_no = p.node_no and k.peer_no = p.peer_no
    join score_case as c on c.case_no = p.case_no
    left join named as r on r.node_no = p.node_no and r.period = c.period and r.subject = p.subject
    where p.method = 'distance')
select case_no, node_no,
       case when same(reference, worst) or way * (reference - worst) < 0 then coalesce(when_equal, scale)
            when capped and way * (x - reference) > 0 then scale
            else scale * (1 - (reference - x) / (reference - worst)) end
from referred
where reference is not null;
