-- What moved each score: the change of every leaf's contribution and of every adjustment's points; the largest first. A part that
-- one of the two schemes lacks counts 0 there. All together they are the change of the score before rounding.
with part as (
    select period, subject_id, node as part, coalesce(contribution, 0) as a, 0.0 as b from node_a
    union all
    select period, subject_id, node, 0.0, coalesce(contribution, 0) from node_b
    union all
    select period, subject_id, code, counted_points, 0.0 from adjustment_a
    union all
    select period, subject_id, code, 0.0, counted_points from adjustment_b
)
select period, subject_id, part, sum(b) - sum(a) as change
from part
group by period, subject_id, part
having abs(sum(b) - sum(a)) > 1e-9
qualify row_number() over (partition by period, subject_id order by abs(change) desc, part) <= $most
order by period, subject_id, abs(change) desc, part
