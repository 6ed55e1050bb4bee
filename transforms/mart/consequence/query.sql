select scheme, period, subject_id, code, title_en, title_zh, rule, evidence
from score.consequence where scheme = getvariable('scheme') and list_contains(getvariable('periods'), period)
order by subject_id, code, evidence
