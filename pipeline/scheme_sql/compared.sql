-- Two results side by side: one row a period and subject that either has. move: places gained (above 0) or lost.
select period, subject_id, coalesce(b.peer_group, a.peer_group) as peer_group, a.score as score_a, b.score as score_b,
       b.score - a.score as change, a.rank as rank_a, b.rank as rank_b, a.rank - b.rank as move, a.grade as grade_a, b.grade as grade_b,
       a.status as status_a, b.status as status_b
from result_a as a
full join result_b as b using (period, subject_id)
order by period, abs(change) desc nulls last, subject_id
