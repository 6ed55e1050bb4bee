select period, ordinal, step, method, indicator, peers, n, changed, skew_before, kurtosis_before, skew_after, kurtosis_after, within_limits
from score.treatment
order by all
