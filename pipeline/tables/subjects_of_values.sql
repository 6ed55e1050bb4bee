-- Everybody of the values is scored. Reads roster (period, subject). variable: has_blend.
create or replace temp table score_subject as
select period, subject as subject_id, '' as peer_group, '' as ranking_group, cast(1 as double) as days_share,
       not (getvariable('has_blend') and regexp_matches(period, '-Q[1-4]$')) as takes_adjustments
from roster;
