select scheme, period, subject_id, code, kind, decision_no, document_no, decided_on, authority, points, counted_points
from score.adjustment where scheme = getvariable('scheme') and list_contains(getvariable('periods'), period)
order by subject_id, code, decided_on, decision_no
