select subject_id as subject, period, ordinal, code, kind, decision_no, document_no, decided_on, authority, points, counted_points, evidence
from score.adjustment
order by all
