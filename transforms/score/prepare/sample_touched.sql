-- How many values of which indicators and peers the step changed, and all values of those as they are now; what a step left alone
-- has the shape that it had.
create or replace temp table changed as
select t.indicator_no, p.peer_no, count(*) as changed
from touched as t join prepare_peer as p on p.case_no = t.case_no
group by t.indicator_no, p.peer_no;

create or replace temp table sample as
select v.case_no, v.indicator_no, p.peer_no, v.value
from value as v
join prepare_peer as p on p.case_no = v.case_no
join changed as c on c.indicator_no = v.indicator_no and c.peer_no = p.peer_no
where v.status = 'ok';
