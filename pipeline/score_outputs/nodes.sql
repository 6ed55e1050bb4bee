select subject_id as subject, period, node, parent, raw, value, prepared, target, n, interval_low, interval_high, normalised, weight,
       nominal_weight, contribution, coverage, status, indicator, side, depth, ordinal
from score.node order by period, subject_id, ordinal
