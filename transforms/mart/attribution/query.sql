select getvariable('scheme') as scheme, a.period, a.indicator, a.cadre_id, a.org_id, a.role, a.days, a.window_days, a.raw_weight as weight, a.share_weight as share, a.org_value, a.org_status
from fact.attribution as a
where getvariable('subject_class') = 'cadre' and list_contains(getvariable('periods'), a.period)
  and a.indicator in (select indicator from published_indicator)
order by a.indicator, a.cadre_id, a.org_id
