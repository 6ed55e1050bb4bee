-- Points of the adjustments of one scheme.
select period, subject_id, code, sum(cast(counted_points as decimal(38, 12))) as counted_points
from score.adjustment where scheme = $scheme and ($period is null or period = $period)
group by all order by period, subject_id, code
