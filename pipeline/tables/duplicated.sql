-- Keys that stand in several files, each with something to say. Reads file_case, file_cell; adds to duplicated.
create or replace temp table shared_case as
select period, subject from file_case group by period, subject having count(distinct file_no) > 1;

insert into duplicated
select c.file_no, c.period, c.subject, c.indicator, c.known_at
from file_cell as c semi join shared_case as s on s.period = c.period and s.subject = c.subject
where c.value is not null or c.status <> 'not_reported'
qualify count(*) over (partition by c.period, c.subject, c.indicator, c.known_at) > 1
    and min(c.file_no) over (partition by c.period, c.subject, c.indicator, c.known_at)
        < max(c.file_no) over (partition by c.period, c.subject, c.indicator, c.known_at);
