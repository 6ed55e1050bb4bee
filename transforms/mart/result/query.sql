select r.scheme, r.period, getvariable('subject_class') as subject_class, r.subject_id,
       coalesce(c.cadre_name, o.org_name, r.subject_id) as subject_name, r.peer_group, r.score, r.exact_score, r.base_score,
       r.adjustment_points, r.coverage, r.days_share, r.rank, r.rank_band, r.grade as grade_suggestion, g.title_zh as grade_title,
       r.grade_note, r.grade_evidence, r.status
from score.result as r
left join dim.org as o on o.org_id = r.subject_id
left join dim.cadre as c on c.cadre_id = r.subject_id
left join published_grade as g on g.grade = r.grade
where r.scheme = getvariable('scheme') and list_contains(getvariable('periods'), r.period)
order by r.subject_id
