-- Who competes with whom under each ceiling, and for how many places.
create or replace temp table ceiling_member as
with member as (
    select k.ceiling_no, g.case_no, g.period, u.unit_id, u.unit_grade, s.share as unit_share, k.unit_minimum, k.rounding,
           case when k.by_group then g.peer_group else '' end as peers,
           case when a.period is not null then k.approved_share else k.share end as class_share,
           count(*) over (partition by k.ceiling_no, g.period, u.unit_id) as unit_size
    from grading as g
    join period_grain as d on d.period = g.period
    join scheme_ceiling as k on k.grain is null or k.grain = d.grain
    left join main_unit as u on u.case_no = g.case_no
    left join scheme_ceiling_unit as s on s.ceiling_no = k.ceiling_no and s.unit_grade = u.unit_grade
    left join (select distinct period, decision_type from score_decision where subject_id = '*') as a
      on a.period = g.period and a.decision_type = k.approved_by
    where g.standing = 'graded' and not g.suspended
),
pooled as (
    select *, case when unit_share is null then 'class' when unit_size >= unit_minimum then 'unit' else 'small units' end as pool_kind,
           case when unit_share is null then peers when unit_size >= unit_minimum then unit_id else unit_grade end as pool,
           coalesce(unit_share, class_share) as share
    from member
)
select ceiling_no, case_no, pool_no, share, n, rounded(n * share, 0, rounding) as room
from (select *, dense_rank() over (order by ceiling_no, period, pool_kind, pool) as pool_no,
             count(*) over (partition by ceiling_no, period, pool_kind, pool) as n
      from pooled) as numbered;
