-- What the scoring reads (filled by transforms/scheme_tables.py and by whoever scores) and what it keeps.
-- score_subject: whom to score. score_fact: what is known of them. Both are temp tables or views of the caller.
create table if not exists score.node (
    scheme varchar, period varchar, subject_id varchar, node varchar, parent varchar, depth int, ordinal int,
    indicator varchar, raw double, target double, n bigint, interval_low double, interval_high double,
    normalised double, weight double, nominal_weight double, contribution double, coverage double, status varchar
);
create table if not exists score.adjustment (
    scheme varchar, period varchar, subject_id varchar, code varchar, kind varchar, decision_no varchar,
    document_no varchar, decided_on date, authority varchar, points double, counted_points double
);
create table if not exists score.result (
    scheme varchar, period varchar, subject_id varchar, peer_group varchar, base_score double, adjustment_points double,
    score double, coverage double, days_share double, rank_in_group bigint, group_size bigint, rank_band varchar,
    grade varchar, grade_note varchar, status varchar
);

-- exact decimals: the order of rows and the number of threads cannot change the sum
create or replace macro exact_sum(x) as cast(sum(cast(x as decimal(38, 18))) as double);
