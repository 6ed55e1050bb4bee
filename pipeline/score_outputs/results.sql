select subject_id as subject, period, peer_group as "group", score, rank, rank_in_group, group_size, rank_band, grade, grade_note,
       grade_evidence, coverage, base_score, adjustment_points, exact_score, days_share, status, scheme
from score.result order by period, subject_id
