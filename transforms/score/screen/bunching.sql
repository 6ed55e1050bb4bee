-- Values just on the good side of a target against those just short of it; one finding a period, about all together.
-- P(k or more of n by a fair coin) = Σ C(n, i) / 2^n. variables: screen_code, screen_first, screen_second (the target's
-- indicator, or null), screen_limit (the probability), screen_target, screen_width, screen_minimum_n.
insert into finding
with near as (
    select c.period, c.subject_id, (v.x - coalesce(t.x, getvariable('screen_target'))) * v.sign as beyond, v.x,
           1e-9 * greatest(1.0, abs(v.x)) as noise
    from screen_value as v
    join score_case as c on c.case_no = v.case_no
    left join screen_value as t on t.case_no = v.case_no and t.name = getvariable('screen_second')
    where v.name = getvariable('screen_first')
),
counted as (
    select period, count(*) filter (beyond >= -noise) as reached, count(*) as n,
           string_agg(subject_id || ' ' || shown(x), ', ' order by beyond, subject_id) filter (beyond >= -noise) as who
    from near
    where beyond >= -getvariable('screen_width') - noise and beyond < getvariable('screen_width') - noise
    group by period
),
tested as (
    select *, list_sum(list_transform(range(reached, n + 1),
                                      lambda k: exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * ln(2)))) as p
    from counted
    where n >= getvariable('screen_minimum_n')
)
select period, '*', getvariable('screen_code'),
       reached || ' of the ' || n || ' values of ' || getvariable('screen_first') || ' within ' || shown(getvariable('screen_width'))
       || ' of ' || coalesce(cast(getvariable('screen_second') as varchar), shown(getvariable('screen_target')))
       || ' reach it; by chance so many do with probability ' || shown(p) || ' (limit ' || shown(getvariable('screen_limit')) || '): ' || left(who, 1000),
       p, getvariable('screen_limit')
from tested
where p < getvariable('screen_limit');
