-- What nobody answers for goes to the team only.
select getvariable('scheme') as scheme, f.period, f.indicator, count(*) as facts,
       count(case when r.org_id is not null then 1 end) as answered,
       count(case when r.org_id is not null then 1 end) / cast(count(*) as double) as coverage
from fact.indicator_org as f
join dim.indicator as i on i.indicator = f.indicator
join dim.period as p on p.period = f.period
left join (select distinct org_id, domain, q.period
           from dim.responsibility as h join dim.period as q on h.valid_from < q.ends_on and h.valid_to > q.starts_on) as r
  on r.org_id = f.org_id and r.domain = i.domain and r.period = f.period
where getvariable('subject_class') = 'cadre' and list_contains(getvariable('periods'), f.period)
  and f.status = 'ok' and f.indicator in (select indicator from published_indicator)
group by f.period, f.indicator order by f.period, f.indicator
