-- What else is known of the subjects, for methods that compare those with equal attributes: kind, group and whatever the roster
-- says of organisations beyond its own columns; of a cadre: of the unit held last, with unit, post and role.
-- Reads score_subject, last_post, org_attribute(org_id, attribute, value).
create or replace temp table score_attribute as
with unit as (
    select s.period, s.subject_id, coalesce(t.org_id, s.subject_id) as org_id, t.org_id is not null as is_cadre, t.post, t.role
    from score_subject as s
    left join last_post as t on t.period = s.period and t.cadre_id = s.subject_id and getvariable('subject_class') = 'cadre'
)
select u.period, u.subject_id, a.attribute, a.value
from unit as u
join (select org_id, 'org_class' as attribute, subject_class as value from dim.org
      union all select org_id, 'org_group', peer_group from dim.org
      union all select org_id, attribute, value from org_attribute) as a on a.org_id = u.org_id
where a.value is not null
union all select period, subject_id, 'org_id', org_id from unit where is_cadre
union all select period, subject_id, 'post', post from unit where is_cadre and post is not null
union all select period, subject_id, 'role', role from unit where is_cadre and role is not null;
