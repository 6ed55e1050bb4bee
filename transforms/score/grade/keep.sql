-- Replace what is kept of the scheme and the scored periods. variables: scheme, rank_shown.
delete from score.adjustment where scheme = getvariable('scheme') and period in (select distinct period from score_subject);
delete from score.result where scheme = getvariable('scheme') and period in (select distinct period from score_subject);
delete from score.consequence where scheme = getvariable('scheme') and period in (select distinct period from score_subject);

insert into score.adjustment by name
select getvariable('scheme') as scheme, c.period, c.subject_id, a.* exclude (case_no)
from adjusted as a join score_case as c on c.case_no = a.case_no;

insert into score.result by name
select getvariable('scheme') as scheme, c.period, c.subject_id, c.peer_group, c.days_share, g.* exclude (case_no) replace (
           case when getvariable('rank_shown') then g.rank end as rank)
from graded as g join score_case as c on c.case_no = g.case_no;

insert into score.consequence by name
select getvariable('scheme') as scheme, c.period, c.subject_id, q.* exclude (case_no, consequence_no)
from consequence as q join score_case as c on c.case_no = q.case_no;
