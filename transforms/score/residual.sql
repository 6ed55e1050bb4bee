-- What is left over between a score and its parts, the worst first. variable: run_no.
create or replace temp table residual as
select c.period, c.subject_id, r.residual
from (
    select t.case_no, abs(t.normalised - coalesce(l.total, 0.0)) / greatest(1.0, l.largest) as residual
    from share as t
    join scheme_node as n on n.node_no = t.node_no and n.parent_no is null
    left join (select k.case_no, d.root_no, sum(k.contribution) as total, max(abs(k.contribution)) as largest
               from score.point as k join scheme_root as d on d.node_no = k.node_no and d.is_leaf
               where k.run_no = getvariable('run_no')
               group by k.case_no, d.root_no) as l on l.case_no = t.case_no and l.root_no = t.node_no
    where t.normalised is not null
    union all
    select case_no, abs(exact_score - base_score - adjustment_points) / greatest(1.0, abs(exact_score)) from scored where base_score is not null
) as r join score_case as c using (case_no)
where r.residual > 0 or r.residual is null
order by coalesce(r.residual, 1e300) desc limit 1;
