select getvariable('scheme') as scheme, f.period, f.indicator, f.org_id, f.numerator, f.denominator, f.n, f.value, f.interval_low, f.interval_high, f.status
from fact.indicator_org as f
where list_contains(getvariable('periods'), f.period) and f.indicator in (select indicator from published_indicator)
  and (getvariable('subject_class') = 'cadre'
       or f.org_id in (select org_id from dim.org where subject_class = getvariable('subject_class')))
order by f.indicator, f.org_id
