-- What each leaf really does to the differences between scores: cov(contribution, score) ÷ var(score). The shares of all leaves
-- sum to 1, since contributions sum to the score. An absent leaf contributes nothing.
with part as (
    select l.node, l.ordinal, coalesce(l.contribution, 0) as part, s.normalised as score
    from score.node as l
    join score.node as s on s.scheme = l.scheme and s.period = l.period and s.subject_id = l.subject_id and s.node = 'score'
    where l.scheme = $scheme and l.period in (select period from score_subject) and list_contains($leaves, l.node)
      and s.normalised is not null
)
select node, covar_pop(part, score) / nullif(var_pop(score), 0) as importance
from part group by node order by min(ordinal)
