-- What is known of each subject, as the scoring reads it.
create or replace temp view fact_given as
select period, subject as subject_id, indicator, value, n, interval_low, interval_high, status from value_cell
where value is not null or status <> 'not_reported';
