-- What a transformed value is counted from: 0, or the lowest of the period.
create or replace temp table lowest as
select c.case_no, i.indicator_no, s.lowest
from prepare_peer as c
cross join prepare_indicator as i
join (select indicator_no, peer_no, min(value) as lowest from sample group by indicator_no, peer_no) as s
  on s.indicator_no = i.indicator_no and s.peer_no = c.peer_no;
