select scheme, period, subject_id, ordinal, code, kind, decision_no, document_no, decided_on, authority, points, counted_points, evidence
from score.adjustment where scheme = getvariable('scheme') and list_contains(getvariable('periods'), period)
order by subject_id, ordinal, code, decided_on, decision_no
