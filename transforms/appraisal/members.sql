-- Results of the unit that a cadre belonged to last in the period, by each scheme that counts. Reads score_subject, last_post,
-- score_unit_scheme(scheme, subject_class). A scheme that does not appraise units of that class does not apply.
create or replace temp table score_member as
select s.period, s.subject_id, t.org_id as unit_id, t.role, u.scheme, r.score as unit_score, r.grade as unit_grade,
       case when r.score is not null then 'ok'
            when o.subject_class is distinct from u.subject_class then 'not_applicable'
            when n.status in ('not_applicable', 'not_reported', 'too_few', 'source_down', 'invalid') then n.status
            else 'not_reported' end as unit_status
from score_subject as s
join last_post as t on t.period = s.period and t.cadre_id = s.subject_id
join dim.org as o on o.org_id = t.org_id
cross join score_unit_scheme as u
left join score.result as r on r.scheme = u.scheme and r.period = s.period and r.subject_id = t.org_id
left join score.node as n on n.scheme = r.scheme and n.period = r.period and n.subject_id = r.subject_id and n.node = 'score';
