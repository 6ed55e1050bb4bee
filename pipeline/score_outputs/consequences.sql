select subject_id as subject, period, code, title_en, title_zh, rule, evidence
from score.consequence
order by all
