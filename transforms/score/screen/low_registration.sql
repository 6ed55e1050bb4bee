-- Registrations far below the median of the peers, each divided by its size where one is named. A size must be above 0.
-- variables: screen_code, screen_first, screen_second (the size, or null), screen_limit, screen_minimum_n.
insert into finding
with rate as (
    select c.period, c.subject_id, c.ranking_group, a.x as registered, s.x as size,
           case when getvariable('screen_second') is null then a.x when s.x > 0 then a.x / s.x end as rate
    from screen_value as a
    join score_case as c on c.case_no = a.case_no
    left join screen_value as s on s.case_no = a.case_no and s.name = getvariable('screen_second')
    where a.name = getvariable('screen_first')
),
compared as (
    select *, median(rate) over (partition by period, ranking_group) as middle, count(*) over (partition by period, ranking_group) as n
    from rate where isfinite(rate)
)
select period, subject_id, getvariable('screen_code'),
       getvariable('screen_first') || ' = ' || shown(registered)
       || case when size is not null then ' per ' || getvariable('screen_second') || ' = ' || shown(size) || ', ' || shown(rate) else '' end
       || ': ' || shown(rate / middle) || ' of the median ' || shown(middle) || ' of ' || n || ' peers (limit '
       || shown(getvariable('screen_limit')) || ')',
       rate / middle, getvariable('screen_limit')
from compared
where n >= getvariable('screen_minimum_n') and middle > 0 and rate < (getvariable('screen_limit') - 1e-9) * middle;
