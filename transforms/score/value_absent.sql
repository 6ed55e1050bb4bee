-- What nobody stated: every case has a row for every indicator.
insert into value (case_no, indicator_no, status)
select c.case_no, i.indicator_no, 'not_reported'
from score_case as c cross join scheme_indicator as i
anti join value as v on v.case_no = c.case_no and v.indicator_no = i.indicator_no;
