select n.scheme, n.period, n.subject_id, n.node, n.parent, n.depth, n.ordinal, n.side, t.title_en, t.title_zh, n.indicator, n.raw, n.value,
       n.prepared, n.target, n.n, n.interval_low, n.interval_high, n.normalised, n.weight, n.nominal_weight, n.contribution, n.coverage,
       n.status
from score.node as n
left join published_node as t on t.node = n.node
where n.scheme = getvariable('scheme') and list_contains(getvariable('periods'), n.period)
order by n.subject_id, n.ordinal
