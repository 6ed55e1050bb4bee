-- What the scoring keeps; score.result, score.adjustment and the like: score/grade/create.sql.
create schema if not exists score;
create table if not exists score.node (
    scheme varchar, period varchar, subject_id varchar, node varchar, parent varchar, depth int, ordinal int, side boolean,
    indicator varchar, raw double, value double, prepared varchar, target double, n bigint, interval_low double, interval_high double,
    normalised double, weight double, nominal_weight double, contribution double, coverage double, status varchar
);
