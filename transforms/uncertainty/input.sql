-- From values to leaves: each draw of the values is a period of its own: its key, a separator, the period.
-- Reads given_*, sample_key (sample_no, key) and drawn_value (sample_no, fact_no, value).
create or replace temp table score_subject as
select k.key || s.period as period, s.* exclude (period) from given_subject as s cross join sample_key as k;

create or replace temp table score_fact as
select k.key || f.period as period, f.subject_id, f.indicator, coalesce(v.value, f.value) as value, f.n, f.interval_low, f.interval_high, f.status
from given_fact as f
cross join sample_key as k
left join drawn_value as v on v.sample_no = k.sample_no and v.fact_no = f.fact_no;

create or replace temp table score_attribute as
select k.key || a.period as period, a.* exclude (period) from given_attribute as a cross join sample_key as k;

create or replace temp table score_member as
select k.key || m.period as period, m.* exclude (period) from given_member as m cross join sample_key as k;
