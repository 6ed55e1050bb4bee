select subject_id as subject, period, * exclude (scheme, period, subject_id)
from score.review
order by all
