-- Two sources that should agree: z against z among the peers that have both, each in its own direction. z with n − 1; equal
-- values have no z. Scaled to [0, 1] first, so that exact sums are possible whatever the size.
-- variables: screen_code, screen_first, screen_second, screen_limit, screen_minimum_n.
insert into finding
with pair as (
    select c.case_no, c.period, c.subject_id, c.ranking_group, a.x as a, b.x as b, a.sign as a_sign, b.sign as b_sign
    from screen_value as a
    join screen_value as b on b.case_no = a.case_no and b.name = getvariable('screen_second')
    join score_case as c on c.case_no = a.case_no
    where a.name = getvariable('screen_first')
),
span as (
    select period, ranking_group, count(*) as n, min(a) as a_low, max(a) as a_high, min(b) as b_low, max(b) as b_high
    from pair group by period, ranking_group
),
scaled as (
    select p.*, s.n, (p.a - s.a_low) / (s.a_high - s.a_low) as u, (p.b - s.b_low) / (s.b_high - s.b_low) as w
    from pair as p
    join span as s on s.period = p.period and s.ranking_group = p.ranking_group
    where s.a_high > s.a_low and s.b_high > s.b_low and s.n >= getvariable('screen_minimum_n')
),
centre as (
    select period, ranking_group, exact_sum(u) / count(*) as u_mean, exact_sum(w) / count(*) as w_mean
    from scaled group by period, ranking_group
),
spread as (
    select s.period, s.ranking_group, m.u_mean, m.w_mean,
           sqrt(exact_sum((s.u - m.u_mean) * (s.u - m.u_mean)) / (count(*) - 1)) as u_sd,
           sqrt(exact_sum((s.w - m.w_mean) * (s.w - m.w_mean)) / (count(*) - 1)) as w_sd
    from scaled as s join centre as m on m.period = s.period and m.ranking_group = s.ranking_group
    group by s.period, s.ranking_group, m.u_mean, m.w_mean
),
compared as (
    select s.*, s.a_sign * (s.u - d.u_mean) / d.u_sd as a_z, s.b_sign * (s.w - d.w_mean) / d.w_sd as b_z
    from scaled as s join spread as d on d.period = s.period and d.ranking_group = s.ranking_group
)
select period, subject_id, getvariable('screen_code'),
       getvariable('screen_first') || ' = ' || shown(a) || ' (z ' || shown(a_z) || '), '
       || getvariable('screen_second') || ' = ' || shown(b) || ' (z ' || shown(b_z) || ') among ' || n || ' peers: ' || shown(abs(a_z - b_z)) || ' apart (limit '
       || shown(getvariable('screen_limit')) || ')',
       abs(a_z - b_z), getvariable('screen_limit')
from compared
where abs(a_z - b_z) > getvariable('screen_limit') + 1e-9;
