-- Whom the file of groups names is scored: in the period of its row, or in every period where the file has none.
-- variables: has_groups, peers_by_group, has_blend.
create or replace temp table roster as
select p.period, g.subject, g."group" as grp, cell_number(g.days_share) as days_share
from raw_groups as g join score_period as p on p.period = coalesce(g.period, p.period);

create or replace temp table score_subject as
select period, subject as subject_id, case when getvariable('has_groups') then grp else '' end as peer_group,
       case when getvariable('has_groups') and getvariable('peers_by_group') then grp else '' end as ranking_group,
       coalesce(days_share, 1.0) as days_share,
       not (getvariable('has_blend') and regexp_matches(period, '-Q[1-4]$')) as takes_adjustments
from roster;
