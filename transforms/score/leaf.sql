-- Every subject × leaf with its raw value or the type of its absence.
create or replace temp table leaf_raw as
select s.period, s.subject_id, s.peer_group, s.ranking_group, l.node, l.indicator, l.method, l.direction,
       case when l.applicable and f.status = 'ok' then f.value end as raw,
       case when l.applicable then f.n end as n,
       f.interval_low, f.interval_high,
       case when l.target_indicator is null then l.target when t.status = 'ok' then t.value end as target,
       l.cap, l.satisfactory, l.excellent, l.base, l.low, l.high, l.use_log, l.scale, l.when_equal, l.factor, l.otherwise,
       case when not l.applicable then 'not_applicable'
            when f.status is null then 'not_reported'
            when f.status = 'ok' and l.target_indicator is not null and coalesce(t.status, 'not_reported') <> 'ok'
                then case when t.status = 'not_applicable' then 'not_applicable' else coalesce(t.status, 'not_reported') end
            else f.status end as status
from score_subject as s
join scheme_leaf as l on l.peer_group = s.peer_group
left join score_fact as f on f.subject_id = s.subject_id and f.period = s.period and f.indicator = l.indicator
left join score_fact as t on t.subject_id = s.subject_id and t.period = s.period and t.indicator = l.target_indicator;
