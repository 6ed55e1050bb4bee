-- The unit whose grade a subject's ceilings go by: where it is chief, else the first by id; a unit's graded result first.
create or replace temp table main_unit as
select case_no, unit_id, role, unit_grade
from (select c.case_no, m.unit_id, m.role, m.unit_grade,
             row_number() over (partition by c.case_no order by m.role = 'chief' desc nulls last, m.unit_grade is null, m.unit_id, m.scheme,
                                                                m.unit_grade) as choice
      from score_member as m
      join score_case as c on c.period = m.period and c.subject_id = m.subject_id) as chosen
where choice = 1;

-- a chief whose unit has a barred grade: the best grade that is left
create or replace temp table barred_chief as
select u.case_no, max(k.grade_no) + 1 as best_allowed, min('chief of ' || u.unit_id || ', which is ' || u.unit_grade) as reason
from main_unit as u
join scheme_ceiling_chief as b on b.unit_grade = u.unit_grade
join scheme_ceiling as k on k.ceiling_no = b.ceiling_no
join score_case as c on c.case_no = u.case_no
join period_kind as p on p.period = c.period and (k.grain is null or k.grain = p.grain)
where u.role = 'chief'
group by u.case_no;
