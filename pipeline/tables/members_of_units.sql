-- Each member with the result of the unit that the file of groups names.
insert into score_member
select s.period, s.subject_id, g.unit_id, coalesce(lower(g.role), 'deputy'), u.scheme, cell_number(u.score), u.grade,
       case when cell_number(u.score) is not null then 'ok' else 'not_reported' end
from score_subject as s
join raw_groups as g on g.subject = s.subject_id and coalesce(g.period, s.period) = s.period
join raw_members as u on u.subject = g.unit_id and coalesce(u.period, s.period) = s.period;
