-- Whom a scheme appraises in each period. variables: subject_class, by_group, peers_by_group, has_blend. Reads last_post.
-- A cadre belongs to the kind of unit held last in the period; days_share = days in any post ÷ days of the period.
create or replace temp table score_subject as
select period, subject_id, case when getvariable('by_group') then grp else '' end as peer_group,
       case when getvariable('by_group') and getvariable('peers_by_group') then grp else '' end as ranking_group,
       days_share, (grain = 'year' or not getvariable('has_blend')) as takes_adjustments
from (
    select p.period, p.grain, o.org_id as subject_id, o.peer_group as grp, cast(1 as double) as days_share
    from dim.org as o cross join dim.period as p
    where o.subject_class = getvariable('subject_class')
    union all
    select t.period, p.grain, t.cadre_id as subject_id, o.subject_class as grp, least(t.days_share, 1.0) as days_share
    from last_post as t
    join dim.org as o on o.org_id = t.org_id
    join dim.period as p on p.period = t.period
    where getvariable('subject_class') = 'cadre'
) as everyone
where period in (select period from score_scope);
