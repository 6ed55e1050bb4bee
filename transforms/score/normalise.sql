-- Raw values → points, by the method that each leaf declares. Formulas: declarations/scheme.py.
-- Peer statistics are taken over the values that are there; quantised to 1e-12 before ranking, so that noise splits no tie.
create or replace temp table peer_stat as
select period, ranking_group, node, count(*) as peers, min(raw) as lowest, max(raw) as highest
from leaf_raw where status = 'ok' group by period, ranking_group, node;

create or replace temp table peer_rank as
select period, subject_id, node,
       rank() over (partition by period, ranking_group, node order by quantised asc nulls last) - 1 as below,
       count(*) over (partition by period, ranking_group, node, quantised) - 1 as equal_others
from (select period, subject_id, ranking_group, node, floor(raw * 1e12 + 0.5) / 1e12 as quantised
      from leaf_raw where status = 'ok' and method = 'percentile') as ranked;

create or replace temp table leaf_step as
select r.period, r.subject_id, r.node, max(t.at_least) as reached
from leaf_raw as r join scheme_step as t on t.node = r.node and r.raw >= t.at_least
where r.status = 'ok' group by r.period, r.subject_id, r.node;

create or replace temp table leaf_points as
select r.period, r.subject_id, r.peer_group, r.node, r.indicator, r.raw, r.target, r.n, r.interval_low, r.interval_high,
       case when r.status = 'ok' and r.method in ('min_max', 'percentile') and s.peers < getvariable('peer_group_minimum')
            then 'too_few' else r.status end as status,
       case
         when r.status <> 'ok' then null
         when r.method in ('min_max', 'percentile') and s.peers < getvariable('peer_group_minimum') then null
         when r.method = 'target_completion' then
           100 * least(case when r.direction = 'higher' then case when r.target > 0 then greatest(r.raw, 0) / r.target
                                                                  when r.raw >= r.target then r.cap else 0 end
                            else case when r.raw > 0 then greatest(r.target, 0) / r.raw else r.cap end end, r.cap)
         when r.method = 'efficacy' then
           least(100, greatest(0, r.base + (100 - r.base) * (r.raw - r.satisfactory) / (r.excellent - r.satisfactory)))
         when r.method = 'min_max' then
           case when s.highest = s.lowest then r.when_equal
                when r.direction = 'higher' then r.low + (r.high - r.low) * (r.raw - s.lowest) / (s.highest - s.lowest)
                else r.low + (r.high - r.low) * (s.highest - r.raw) / (s.highest - s.lowest) end
         when r.method = 'percentile' then
           case when s.highest = s.lowest or s.peers = 1 then r.when_equal
                when r.direction = 'higher' then 100 * (k.below + cast(k.equal_others as double) / 2) / (s.peers - 1)
                else 100 * (s.peers - 1 - k.below - k.equal_others + cast(k.equal_others as double) / 2) / (s.peers - 1) end
         when r.method = 'ladder' then coalesce(p.points, r.otherwise)
         when r.method = 'goalposts' then
           r.scale * least(1, greatest(0,
             case when r.use_log then (case when r.raw > 0 then ln(r.raw) else ln(r.low) end - ln(r.low)) / (ln(r.high) - ln(r.low))
                  else (r.raw - r.low) / (r.high - r.low) end))
         when r.method = 'as_is' then least(100, greatest(0, r.raw * r.factor))
       end as points
from leaf_raw as r
left join peer_stat as s on s.period = r.period and s.ranking_group = r.ranking_group and s.node = r.node
left join peer_rank as k on k.period = r.period and k.subject_id = r.subject_id and k.node = r.node
left join leaf_step as e on e.period = r.period and e.subject_id = r.subject_id and e.node = r.node
left join scheme_step as p on p.node = e.node and p.at_least = e.reached;

create or replace temp table tree as
select period, subject_id, peer_group, node, indicator, raw, target, n, interval_low, interval_high, points as normalised,
       case when status = 'ok' then 1.0::double when status in (select status from scheme_renormalise) then null else 0.0 end as coverage, status
from leaf_points;
