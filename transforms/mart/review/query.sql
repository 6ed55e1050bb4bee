select scheme, period, subject_id, screen, code, title_en, title_zh, severity, evidence, value, limit_value
from score.review where scheme = getvariable('scheme') and list_contains(getvariable('periods'), period)
order by subject_id, code
