-- One ceiling: who is over it gets the next lower grade that is possible; equal ones across its edge wait for the panel.
-- A forced grade stands, and takes its place. variable: ceiling_no.
create or replace temp table over_ceiling as
with holder as (
    select m.*, g.place_key, g.forced is not null as is_forced, g.grade_no
    from ceiling_member as m
    join scheme_ceiling as k on k.ceiling_no = m.ceiling_no
    join grading as g on g.case_no = m.case_no and g.grade_no = k.grade_no and not g.undecided
    where m.ceiling_no = getvariable('ceiling_no')
),
placed_holder as (
    select *, room - count(case when is_forced then 1 end) over (partition by pool_no) as left_room,
           rank() over (partition by pool_no, is_forced order by place_key) - 1 as better,
           count(*) over (partition by pool_no, is_forced, place_key) as same
    from holder
)
select h.case_no, h.better < h.left_room as at_edge, h.room, h.n, h.share, h.better + 1 as place, e.grade, f.grade_no as next_grade_no,
       p.undecided as next_undecided
from placed_holder as h
join scheme_grade as e on e.grade_no = h.grade_no
left join (select p.case_no, min(p.grade_no) as grade_no
           from possible as p join holder as k on k.case_no = p.case_no and p.grade_no > k.grade_no
           group by p.case_no) as f on f.case_no = h.case_no
left join possible as p on p.case_no = h.case_no and p.grade_no = f.grade_no
where not h.is_forced and h.better + h.same > h.left_room;

update grading set
    grade_no = case when o.at_edge then grading.grade_no else o.next_grade_no end,
    undecided = o.at_edge or coalesce(o.next_undecided, false),
    note = case when o.at_edge then 'tie at the ceiling: panel decides'
                when o.next_undecided then 'tie at the edge: panel decides' else 'over the ceiling: next grade' end,
    evidence = concat_ws('; ', grading.evidence,
                         o.grade || ': place ' || o.place || ', room for ' || shown(o.room)
                         || ' (' || shown(o.share * 100) || ' % of ' || o.n || ')')
from over_ceiling as o where o.case_no = grading.case_no;
