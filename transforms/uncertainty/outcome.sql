-- Each run's scores, places and grades, in the order of runs, periods and subjects.
select r.run_no, g.exact_score, g.score, g.rank, g.grade
from graded as g
join score_case as c on c.case_no = g.case_no
join run_case as r on r.case_no = c.case_no
order by r.run_no, split_part(c.period, chr(31), -1), c.subject_id;
