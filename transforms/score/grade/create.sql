-- What is kept of scores, grades and what follows from them. base_score + adjustment_points = exact_score; the adjustments' counted
-- points add up to adjustment_points; score is exact_score at the scheme's decimals.
create schema if not exists score;
create table if not exists score.adjustment (
    scheme varchar, period varchar, subject_id varchar, ordinal int, code varchar, kind varchar, decision_no varchar,
    document_no varchar, decided_on date, authority varchar, points double, counted_points double, evidence varchar
);
create table if not exists score.result (
    scheme varchar, period varchar, subject_id varchar, peer_group varchar, base_score double, adjustment_points double,
    exact_score double, score double, coverage double, days_share double, rank bigint, rank_in_group bigint, group_size bigint,
    rank_band varchar, grade varchar, grade_note varchar, grade_evidence varchar, status varchar
);
create table if not exists score.consequence (
    scheme varchar, period varchar, subject_id varchar, code varchar, title_en varchar, title_zh varchar, rule varchar, evidence varchar
);
