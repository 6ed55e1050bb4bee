-- Who competes with whom under each ceiling, and for how many places.
create or replace temp table ceiling_member as
with member as (
    select k.ceiling_no, g.case_no, g.period_no, u.unit_id, u.unit_grade, s.share as unit_share,
           case when k.by_group then g.group_no else -1 end as peers
    from grading as g
    join period_kind as p on p.period_no = g.period_no
    join scheme_ceiling as k on k.grain is null or k.grain = p.grain
    left join main_unit as u on u.case_no = g.case_no
    left join scheme_ceiling_unit as s on s.ceiling_no = k.ceiling_no and s.unit_grade = u.unit_grade
    where g.standing = 'graded' and not g.suspended
),
pooled as (
    select m.ceiling_no, m.case_no, m.period_no, m.unit_share, case when m.unit_share is null then m.peers end as peers,
           case when z.size >= k.unit_minimum then m.unit_id end as unit_id,
           case when m.unit_share is not null then m.unit_grade end as unit_grade
    from member as m
    join scheme_ceiling as k on k.ceiling_no = m.ceiling_no
    left join (select ceiling_no, period_no, unit_id, count(*) as size from member where unit_share is not null
               group by ceiling_no, period_no, unit_id) as z
      on z.ceiling_no = m.ceiling_no and z.period_no = m.period_no and z.unit_id = m.unit_id and m.unit_share is not null
),
pool as (
    select *, row_number() over () as pool_no
    from (select ceiling_no, period_no, unit_share, peers, unit_id, unit_grade, count(*) as n from pooled group by all) as found
)
select ceiling_no, case_no, pool_no, n, share, rounded(n * share, 0, rounding) as room
from (
    select m.ceiling_no, m.case_no, p.pool_no, p.n, k.rounding,
           coalesce(m.unit_share, case when a.period_no is not null then k.approved_share end, k.share) as share
    from pooled as m
    join pool as p
      on p.ceiling_no = m.ceiling_no and p.period_no = m.period_no and p.peers is not distinct from m.peers
     and p.unit_id is not distinct from m.unit_id and p.unit_grade is not distinct from m.unit_grade
    join scheme_ceiling as k on k.ceiling_no = m.ceiling_no
    left join (select distinct q.period_no, d.decision_type from score_decision as d join period_kind as q on q.period = d.period
               where d.subject_id = '*') as a on a.period_no = m.period_no and a.decision_type = k.approved_by
) as shared;
