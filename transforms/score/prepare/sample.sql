-- The values that this step looks at.
create or replace temp table sample as
select v.case_no, v.indicator_no, p.peer_no, v.value
from value as v
join prepare_indicator as i on i.indicator_no = v.indicator_no
join prepare_peer as p on p.case_no = v.case_no
where v.status = 'ok';
