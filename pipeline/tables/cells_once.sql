-- All values, where some keys stand more than once. Reads file_cell, file_indicator, duplicated (indicator null: a whole row of a wide file).
create or replace temp table duplicated_cell as
select distinct d.period, d.subject, i.indicator, d.known_at
from duplicated as d join file_indicator as i on i.file_no = d.file_no and coalesce(d.indicator, i.indicator) = i.indicator;

create or replace temp view value_cell as
select c.period, c.subject, c.indicator, c.value, c.n, c.interval_low, c.interval_high, c.status, c.known_at
from file_cell as c
where not exists (from duplicated_cell as d where d.period = c.period and d.subject = c.subject and d.indicator = c.indicator
                  and d.known_at is not distinct from c.known_at)
union all
select period, subject, indicator, null, null, null, null, 'invalid', known_at from duplicated_cell;
