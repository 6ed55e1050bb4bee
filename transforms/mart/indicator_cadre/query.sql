select getvariable('scheme') as scheme, f.period, f.indicator, f.cadre_id, f.n, f.value, f.interval_low, f.interval_high, f.status, f.tenure_weight, f.basis
from fact.indicator_cadre as f
where getvariable('subject_class') = 'cadre' and list_contains(getvariable('periods'), f.period)
  and f.indicator in (select indicator from published_indicator)
order by f.indicator, f.cadre_id, f.basis
