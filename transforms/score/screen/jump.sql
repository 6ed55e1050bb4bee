-- Changes from the period before, in robust deviations from the peers' median change. A deviation is 1.4826 · MAD; where more than
-- half of the changes are equal (MAD 0), 1.2533 · the mean absolute deviation (Iglewicz and Hoaglin 1993); where all are: none.
-- The period before is the one of the same grain: of years and quarters by the calendar, else the next lower in order.
-- variables: screen_code, screen_first, screen_limit, screen_minimum_n.
insert into finding
with dated as (
    select period, period_shape(period) as shape, period_at(period) as at,
           dense_rank() over (partition by period_shape(period) order by period) as place
    from (select distinct period from score_fact) as known
),
before as (
    select d.period, e.period as earlier
    from dated as d
    join dated as e
      on e.shape = d.shape and case when d.at is not null and e.at is not null then e.at = d.at - 1 else e.place = d.place - 1 end
),
change as (
    select c.case_no, c.period, c.subject_id, c.ranking_group, b.earlier, f.value as was, v.x as x, v.x - f.value as moved
    from screen_value as v
    join score_case as c on c.case_no = v.case_no
    join before as b on b.period = c.period
    join score_fact as f on f.period = b.earlier and f.subject_id = c.subject_id and f.indicator = v.name
    where v.name = getvariable('screen_first') and f.status = 'ok' and isfinite(f.value) and abs(f.value) <= 1e150
),
centred as (
    select *, moved - median(moved) over (partition by period, ranking_group) as off,
           count(*) over (partition by period, ranking_group) as n
    from change
),
spread as (
    select period, ranking_group, median(abs(off)) as mad, max(abs(off)) as most,
           exact_sum(case when abs(off) > 0 then abs(off) / peak end) / count(*) * max(peak) as mean_off
    from (select *, max(abs(off)) over (partition by period, ranking_group) as peak from centred) as c
    group by period, ranking_group
),
measured as (
    select c.*, abs(c.off) / case when s.mad > 0 then 1.4826 * s.mad else 1.2533 * s.mean_off end as deviations
    from centred as c
    join spread as s on s.period = c.period and s.ranking_group = c.ranking_group
    where s.most > 0 and c.n >= getvariable('screen_minimum_n')
)
select period, subject_id, getvariable('screen_code'),
       getvariable('screen_first') || ' went from ' || shown(was) || ' in ' || earlier || ' to ' || shown(x) || '; the median change of '
       || n || ' peers is ' || shown(moved - off) || ': ' || shown(deviations) || ' robust deviations (limit '
       || shown(getvariable('screen_limit')) || ')',
       deviations, getvariable('screen_limit')
from measured
where deviations > getvariable('screen_limit') + 1e-9;
