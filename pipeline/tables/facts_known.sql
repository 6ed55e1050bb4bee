-- As facts.sql, of several values of one key the one that became known last. variable: as_of, null for all that is known.
create or replace temp table fact_given as
select period, subject as subject_id, indicator, value, n, interval_low, interval_high, status
from value_cell
where getvariable('as_of') is null or known_at <= getvariable('as_of')
qualify row_number() over (partition by period, subject, indicator order by known_at desc) = 1;
