-- Each decision with what becomes of it (fate), then those that count, by period.
-- Reads raw_decisions (with stands), score_subject, score_period, decision_type_used. variable: as_of.
create or replace temp table decision_period as
select d.row_no, p.period
from raw_decisions as d
join score_period as p
  on (d.subject = '*' or exists (from score_subject as s where s.period = p.period and s.subject_id = d.subject))
 and p.period = coalesce(d.period, p.period)
 and (d.period is not null
      or p.period in ('all', cast(year(cast(d.decided_on as date)) as varchar),
                      year(cast(d.decided_on as date)) || '-Q' || quarter(cast(d.decided_on as date))));

create or replace temp table decision_fate as
select d.*, cast(d.decided_on as date) as day,
       case when not d.stands then 'unconfirmed'
            when cast(d.decided_on as date) > cast(getvariable('as_of') as date) then 'later'
            when d.decision_type not in (from decision_type_used) then 'unused'
            when d.row_no not in (select row_no from decision_period) then 'no_period'
            else 'counts' end as fate
from raw_decisions as d;

insert into score_decision
select p.period, d.subject, d.decision_no, d.document_no, d.decision_type, d.day, d.authority, cell_number(d.points)
from decision_fate as d join decision_period as p on p.row_no = d.row_no
where d.fate = 'counts';
