-- Each member with the unit's result, as the file has it.
insert into score_member
select s.period, m.subject, m.unit_id, lower(m.role), m.scheme, cell_number(m.unit_score), m.unit_grade,
       coalesce(lower(m.unit_status), case when cell_number(m.unit_score) is not null then 'ok' else 'not_reported' end)
from raw_members as m
join score_subject as s on s.subject_id = m.subject and s.period = coalesce(m.period, s.period);
