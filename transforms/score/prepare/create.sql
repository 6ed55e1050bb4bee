-- What was done to the values of each indicator among each group of peers; kept beside the results.
create table if not exists score.treatment (
    scheme varchar, period varchar, ordinal int, step varchar, method varchar, indicator varchar, peers varchar, n bigint, changed bigint,
    skew_before double, kurtosis_before double, skew_after double, kurtosis_after double, within_limits boolean
);

create or replace temp table treatment (
    ordinal int, step varchar, method varchar, indicator_no int, peer_no int, period varchar, peers varchar, n bigint, changed bigint,
    skew_before double, kurtosis_before double, skew_after double, kurtosis_after double, within_limits boolean
);
