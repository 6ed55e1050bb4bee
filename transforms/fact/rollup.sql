-- Parts of quarters → facts of quarters and years, for organisations and (asked of them directly, or as holders) cadres.
-- A trimmed mean: of the values in order, those beyond the places floor(share · n) from either end stay; n counts all.
-- Reads fact.part, fact.tally, fact_scope_period(period, quarter, last_quarter), dim.indicator. z = 1.959963984540054 (95 %).
create or replace temp table fact_new as
with placed as (
    select t.indicator, t.subject_kind, t.subject_id, s.period, t.stated, sum(t.times) as times,
           max(i.trim_lowest) as lowest, max(i.trim_highest) as highest,
           sum(sum(t.times)) over (partition by t.indicator, t.subject_kind, t.subject_id, s.period order by t.stated) as up_to,
           sum(sum(t.times)) over (partition by t.indicator, t.subject_kind, t.subject_id, s.period) as n
    from fact.tally as t
    join fact_scope_period as s on t.quarter = s.quarter
    join dim.indicator as i on t.indicator = i.indicator
    where i.feed = getvariable('fact_feed')
    group by t.indicator, t.subject_kind, t.subject_id, s.period, t.stated
),
trimmed as (
    select indicator, subject_kind, subject_id, period, cast(sum(stated * kept) as decimal(38, 8)) as numerator, sum(kept) as denominator
    from (select *, cast(greatest(0, least(up_to, n - floor(n * highest + 1e-9)) - greatest(up_to - times, floor(n * lowest + 1e-9)))
                         as bigint) as kept
          from placed) as counted
    group by indicator, subject_kind, subject_id, period
),
summed as (
    select p.indicator, i.feed, i.kind, p.subject_kind, p.subject_id, s.period,
           coalesce(max(t.numerator), sum(p.numerator)) as total_numerator,
           coalesce(max(t.denominator), sum(p.denominator)) as total_denominator, sum(p.n) as total_n,
           sum(p.row_count) as total_rows,
           max(case when p.quarter = s.last_quarter then p.numerator end) as last_value,
           max(case when p.quarter = s.last_quarter then p.n end) as last_n,
           max(i.minimum_n) as minimum_n, bool_or(i.has_interval) as has_interval, max(i.when_none) as when_none
    from fact.part as p
    join fact_scope_period as s on p.quarter = s.quarter
    join dim.indicator as i on p.indicator = i.indicator
    left join trimmed as t
      on t.indicator = p.indicator and t.subject_kind = p.subject_kind and t.subject_id = p.subject_id and t.period = s.period
    where i.feed = getvariable('fact_feed')
    group by p.indicator, i.feed, i.kind, p.subject_kind, p.subject_id, s.period
),
valued as (
    select indicator, feed, kind, subject_kind, subject_id, period, minimum_n, has_interval, when_none, total_rows,
           cast(case when kind = 'value' then last_value else total_numerator end as double) as numerator,
           cast(total_denominator as double) as denominator,
           cast(case when kind = 'value' then coalesce(last_n, 0) else total_n end as bigint) as n,
           case when kind = 'value' then cast(last_value as double)
                when kind = 'amount' then cast(total_numerator as double)
                else cast(total_numerator as double) / nullif(cast(total_denominator as double), 0) end as fact_value
    from summed
)
select indicator, feed, subject_kind, subject_id, period, numerator, denominator, n, fact_value as value,
       case when has_interval and n > 0 then
            (fact_value + 3.841458820694124 / (2 * n)
             - 1.959963984540054 * sqrt(greatest(fact_value * (1 - fact_value), 0) / n + 3.841458820694124 / (4 * n * n)))
            / (1 + 3.841458820694124 / n) end as interval_low,
       case when has_interval and n > 0 then
            (fact_value + 3.841458820694124 / (2 * n)
             + 1.959963984540054 * sqrt(greatest(fact_value * (1 - fact_value), 0) / n + 3.841458820694124 / (4 * n * n)))
            / (1 + 3.841458820694124 / n) end as interval_high,
       case when fact_value is null and kind in ('rate', 'amount') then when_none
            when fact_value is null then 'not_reported'
            when n < minimum_n then 'too_few'
            else 'ok' end as status
from valued;
