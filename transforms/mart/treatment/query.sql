select scheme, period, ordinal, step, method, indicator, peers, n, changed, skew_before, kurtosis_before, skew_after, kurtosis_after,
       within_limits
from score.treatment where scheme = getvariable('scheme') and list_contains(getvariable('periods'), period)
order by period, ordinal, indicator, peers, method
