-- base_score + adjustment_points = exact_score, for every case that has a score.
create or replace temp table scored as
select c.case_no, r.base_score, coalesce(r.moved, 0.0) as adjustment_points, r.score as exact_score,
       coalesce(t.coverage, 0.0) as coverage, coalesce(o.reason, t.status) as tree_status
from score_case as c
left join tree as t on t.case_no = c.case_no and t.node_no = 0
left join running as r on r.case_no = c.case_no
left join (select case_no, min(reason) as reason from case_out group by case_no) as o on o.case_no = c.case_no;
