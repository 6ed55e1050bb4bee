-- Kendall's tau-b (1945) of the two scores over all pairs of subjects of a period (of a group where places are counted in groups):
-- (concordant − discordant) ÷ √(pairs not tied in one · pairs not tied in the other).
with both_scored as (
    select a.period, case when $by_group then coalesce(b.peer_group, a.peer_group) end as compared, a.subject_id, a.score as x, b.score as y
    from result_a as a join result_b as b using (period, subject_id)
    where a.score is not null and b.score is not null
),
pair as (
    select sign(p.x - q.x) as by_a, sign(p.y - q.y) as by_b
    from both_scored as p
    join both_scored as q on q.period = p.period and q.compared is not distinct from p.compared and q.subject_id > p.subject_id
)
select count(*) as pairs, sum(by_a * by_b) / nullif(sqrt(sum(abs(by_a)) * sum(abs(by_b))), 0) as tau
from pair
