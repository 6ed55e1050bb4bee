-- Every grade whose conditions a subject meets, or may meet (undecided: its place is shared across the edge). variable: rank_dense.
create or replace temp table contender as
select p.*, coalesce(v.suspended, false) as suspended, v.forced, v.reasons, b.reason as chief_reason,
       greatest(1, coalesce(v.best_allowed, 1), coalesce(b.best_allowed, 1)) as best_allowed
from placed as p
left join vetoed as v on v.case_no = p.case_no
left join barred_chief as b on b.case_no = p.case_no;

create or replace temp table possible as
with place as (
    select *, count(*) over (partition by period_no, rank_pool) as n,
           count(*) over (partition by period_no, rank_pool order by place_key) as up_to,
           rank() over (partition by period_no, rank_pool order by place_key) - 1 as better,
           dense_rank() over (partition by period_no, rank_pool order by place_key) as dense_place
    from contender
    where standing = 'graded' and not suspended
),
wanting as (
    select distinct p.case_no, r.grade_no
    from place as p
    cross join scheme_requirement as r
    left join tree as t on t.case_no = p.case_no and t.node_no = r.node_no
    where not coalesce(t.normalised >= r.at_least - 1e-9, false)
),
room as (
    select p.*, g.grade_no, g.cut, g.above, g.top_count is not null and getvariable('rank_dense') as by_dense_place,
           coalesce(g.top_count, rounded(p.n * g.top_share, 0, g.rounding)) as places
    from place as p cross join scheme_grade as g
)
select r.case_no, r.grade_no, not coalesce(r.by_dense_place or r.up_to <= r.places, true) as undecided, r.n, r.places
from room as r
left join wanting as w on w.case_no = r.case_no and w.grade_no = r.grade_no
where w.case_no is null
  and coalesce(case when r.above then r.score > r.cut + 1e-9 else r.score >= r.cut - 1e-9 end, true)
  and coalesce(case when r.by_dense_place then r.dense_place <= r.places else r.better < r.places end, true);

create or replace temp table grading as
select c.*, case when c.standing <> 'graded' or c.suspended then null
                 when c.forced is not null then greatest(c.forced, c.best_allowed) else p.grade_no end as grade_no,
       c.forced is null and coalesce(p.undecided, false) as undecided,
       case when c.forced is null and p.undecided then 'tie at the edge: panel decides' end as note,
       case when c.forced is null and p.undecided then g.grade || ': ' || shown(p.places) || ' places of ' || p.n end as evidence
from contender as c
left join (select p.case_no, min(p.grade_no) as grade_no
           from possible as p join contender as k on k.case_no = p.case_no and p.grade_no >= k.best_allowed
           group by p.case_no) as f on f.case_no = c.case_no
left join possible as p on p.case_no = c.case_no and p.grade_no = f.grade_no
left join scheme_grade as g on g.grade_no = f.grade_no;
