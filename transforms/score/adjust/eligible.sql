-- Whom the adjustment may reach, with the running score. variable: adjustment_no.
create or replace temp table eligible_case as
select r.case_no, r.group_no, r.score
from running as r
join scheme_adjustment as a on a.ordinal = getvariable('adjustment_no') and a.group_no = r.group_no and a.applies
where r.takes_adjustments;
