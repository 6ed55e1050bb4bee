-- Score = contribution of the tree + adjustments, rounded as declared; band within the group.
create or replace temp table scored as
select s.period, s.subject_id, s.peer_group, s.days_share, t.normalised as base_score,
       coalesce(a.points, 0.0) as adjustment_points, t.normalised + coalesce(a.points, 0.0) as exact_score,
       coalesce(t.coverage, 0.0) as coverage, t.status as tree_status
from score_subject as s
join tree as t on t.period = s.period and t.subject_id = s.subject_id and t.node = 'score'
left join (select period, subject_id, exact_sum(counted_points) as points from adjusted_capped group by period, subject_id) as a
  on a.period = s.period and a.subject_id = s.subject_id;

create or replace temp table rounded as
select *, case getvariable('score_rounding')
            when 'half_up' then floor(exact_score * getvariable('score_unit') + 0.500000001) / getvariable('score_unit')
            when 'floor' then floor(exact_score * getvariable('score_unit') + 0.000000001) / getvariable('score_unit')
            when 'ceil' then ceil(exact_score * getvariable('score_unit') - 0.000000001) / getvariable('score_unit')
            else round_even(floor(exact_score * getvariable('score_unit') * 1e6 + 0.5) / 1e6, 0) / getvariable('score_unit') end as score
from scored;

create or replace temp table banded as
select *, rank() over (partition by period, peer_group order by score desc nulls last) as rank_in_group,
       count(score) over (partition by period, peer_group) as group_size
from rounded;
