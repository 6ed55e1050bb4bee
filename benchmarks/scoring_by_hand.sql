-- The benchmark's scheme as one would write it by hand, knowing the scheme: facts → all nodes and results.
create or replace temp table hand_all as
with fact as (
    select s.subject_id, s.peer_group, cast(right(f.indicator, 2) as int) as no, f.value as raw
    from score_fact as f join score_subject as s using (period, subject_id)
),
extent as (select peer_group, no, min(raw) as low, max(raw) as high from fact where no % 3 = 0 group by all),
leaf as (
    select f.*, case when raw is null then null
                     when f.no % 3 = 0 then 100 * (raw - e.low) / (e.high - e.low)
                     when f.no % 3 = 1 then least(100, greatest(0, 60 + 40 * (raw - 40) / 50))
                     else 100 * least(greatest(raw, 0) / 60, 1.2) end as points
    from fact as f left join extent as e on e.peer_group = f.peer_group and e.no = f.no
),
pillar as (select subject_id, peer_group, no // 5 as no, avg(points) as points, count(points) / 5 as coverage, count(points) as available
           from leaf group by all),
theme as (select subject_id, peer_group, no // 4 as no, avg(points) as points, avg(coverage) as coverage, count(points) as available
          from pillar group by all),
root as (
    select subject_id, peer_group, sum(w * points) / sum(case when points is not null then w end) as points, sum(w * coverage) as coverage,
           sum(case when points is not null then w end) as available
    from (select *, case no when 0 then 0.5 when 1 then 0.3 else 0.2 end as w from theme) group by all
),
theme_share as (
    select t.*, case t.no when 0 then 0.5 when 1 then 0.3 else 0.2 end / r.available as weight,
           case t.no when 0 then 0.5 when 1 then 0.3 else 0.2 end / r.available as effective
    from theme as t join root as r using (subject_id)
),
pillar_share as (
    select p.*, 1 / t.available as weight, t.effective / t.available as effective
    from pillar as p join theme_share as t on t.subject_id = p.subject_id and t.no = p.no // 4
)
select subject_id, peer_group, 'score' as node, null as raw, points, 1.0::double as weight, points as contribution, coverage from root
union all
select subject_id, peer_group, 't' || no, null, points, weight, effective * points, coverage from theme_share
union all
select subject_id, peer_group, 'p' || lpad(no::varchar, 2, '0'), null, points, weight, effective * points, coverage from pillar_share
union all
select l.subject_id, l.peer_group, 'i' || lpad(l.no::varchar, 2, '0'), l.raw, l.points,
       case when l.points is null then 0 else 1 / p.available end, case when l.points is null then 0 else p.effective / p.available * l.points end,
       null
from leaf as l join pillar_share as p on p.subject_id = l.subject_id and p.no = l.no // 5;

create or replace table hand_node as
select 'bench' as scheme, '2025' as period, subject_id, node,
       case left(node, 1) when 't' then 'score' when 'p' then 't' || cast(right(node, 2) as int) // 4
                          when 'i' then 'p' || lpad((cast(right(node, 2) as int) // 5)::varchar, 2, '0') end as parent,
       raw, points as normalised, weight, coalesce(contribution, 0) as contribution,
       case when points is null then 'not_reported' when coverage < 1 then 'incomplete' else 'ok' end as status
from hand_all;

create or replace table hand_result as
select *, rank() over (partition by peer_group order by score desc) as rank,
       case when coverage < 0.8 then null when score >= 70 then 'excellent' when score >= 50 then 'good'
            when score >= 30 then 'fair' else 'poor' end as grade
from (select r.subject_id, r.peer_group, r.coverage,
             floor((r.points + case when d.awards > 0 then least(d.awards, 2) else 0 end) * 100 + 0.5 + 1e-9) / 100 as score
      from hand_all as r
      left join (select subject_id, count(*) as awards from score_decision group by all) as d using (subject_id)
      where r.node = 'score');
