-- What follows from grades over years and from confirmed decisions: flags for people. Only years count: periods of four digits.
-- This run's grades stand before what score_history says of the same year.
create or replace temp table year_grade as
select subject_id, try_cast(period as int) as year, grade
from (select c.subject_id, c.period, g.grade from graded as g join score_case as c on c.case_no = g.case_no where g.grade is not null
      union
      select h.subject_id, h.period, h.grade from score_history as h
      where h.grade is not null
        and not exists (select 1 from score_case as c where c.subject_id = h.subject_id and c.period = h.period)) as known
where grade in (select grade from scheme_consequence) and regexp_full_match(period, '\d{4}');

create or replace temp table consequence as
with counted as (
    select c.case_no, q.*, c.subject_id, try_cast(c.period as int) as year
    from score_case as c
    join scheme_consequence as q on q.grade is not null
    join year_grade as y on y.subject_id = c.subject_id and y.grade = q.grade
     and y.year between try_cast(c.period as int) - q.within + 1 and try_cast(c.period as int)
    where regexp_full_match(c.period, '\d{4}')
    group by all
    having count(*) >= q.years
)
select k.case_no, k.consequence_no, k.code, k.title_en, k.title_zh, k.rule,
       k.grade || ' in ' || string_agg(cast(y.year as varchar), ', ' order by y.year) as evidence
from counted as k
join year_grade as y on y.subject_id = k.subject_id and y.grade = k.grade and y.year between k.year - k.within + 1 and k.year
group by k.case_no, k.consequence_no, k.code, k.title_en, k.title_zh, k.rule, k.grade
union all
select d.case_no, q.consequence_no, q.code, q.title_en, q.title_zh, q.rule,
       string_agg(concat_ws(' ', d.document_no, '(' || d.decision_no || ')', cast(d.decided_on as varchar), d.authority), '; '
                  order by d.decision_key)
from case_decision as d join scheme_consequence as q on q.decision_type = d.decision_type
group by d.case_no, q.consequence_no, q.code, q.title_en, q.title_zh, q.rule;
