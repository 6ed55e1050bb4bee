-- Results of one scheme.
select period, subject_id, peer_group, score, exact_score, rank, grade, status
from score.result where scheme = $scheme and ($period is null or period = $period)
order by period, subject_id
