-- An organisation's fact → what each responsible cadre sees of it, by days held in the window (attribution by tenure).
-- weight = role weight × overlap days ÷ window days, normalised within the cadre; an amount is divided by portfolio shares.
-- Reads fact.indicator_org, dim.responsibility, dim.indicator, dim.period, and the table fact_scope_period.
create or replace temp table attribution_new as
with held as (
    select p.period, r.domain, r.cadre_id, r.org_id, r.role, r.role_weight, r.share,
           date_diff('day', p.starts_on, p.ends_on) as window_days,
           date_diff('day', case when r.valid_from > p.starts_on then r.valid_from else p.starts_on end,
                            case when r.valid_to < p.ends_on then r.valid_to else p.ends_on end) as held_days
    from dim.responsibility as r
    join dim.period as p on r.valid_from < p.ends_on and r.valid_to > p.starts_on
    where p.period in (select period from fact_scope_period)
      and r.domain in (select domain from dim.indicator where feed = getvariable('fact_feed'))
),
spans as (
    select period, domain, cadre_id, org_id, max(role) as role, sum(held_days) as days, max(window_days) as window_days,
           exact_sum(role_weight * held_days) / max(window_days) as raw_weight,
           exact_sum(share * held_days) / max(window_days) as share_weight
    from held group by period, domain, cadre_id, org_id
),
merged as (
    select i.indicator, i.feed, i.share_rule, h.period, h.cadre_id, h.org_id, h.role, h.days, h.window_days,
           h.raw_weight, h.share_weight
    from spans as h
    join dim.indicator as i on i.domain = h.domain
    where i.feed = getvariable('fact_feed') and i.attributed_by = 'tenure' and i.subject = 'organisation'
)
select m.indicator, m.feed, m.cadre_id, m.org_id, m.period, m.role, m.days, m.window_days, m.share_rule,
       m.raw_weight, m.share_weight, f.value as org_value, f.n as org_n, coalesce(f.status, 'absent') as org_status
from merged as m
left join fact.indicator_org as f
  on f.indicator = m.indicator and f.org_id = m.org_id and f.period = m.period;

create or replace temp table fact_cadre_new as
select indicator, feed, cadre_id, period,
       cast(null as double) as numerator, cast(null as double) as denominator,
       cast(sum(case when org_status = 'ok' then org_n end) as bigint) as n,
       case when max(share_rule) = 'split' then exact_sum(case when org_status = 'ok' then org_value * share_weight end)
            else exact_sum(case when org_status = 'ok' then org_value * raw_weight end)
                 / nullif(exact_sum(case when org_status = 'ok' then raw_weight end), 0) end as value,
       cast(null as double) as interval_low, cast(null as double) as interval_high,
       case when bool_or(org_status = 'ok') then 'ok' else max(org_status) end as status,
       cast(sum(days) as double) / max(window_days) as tenure_weight, 'tenure' as basis
from attribution_new
group by indicator, feed, cadre_id, period
having bool_or(org_status <> 'absent');
