-- Whom the adjustment may reach, with the running score and the adjustment's numbers for their group. variable: adjustment_no.
create or replace temp table eligible as
select r.case_no, r.score, a.*
from running as r
join scheme_adjustment as a on a.ordinal = getvariable('adjustment_no') and a.group_no = r.group_no and a.applies
where r.takes_adjustments;
