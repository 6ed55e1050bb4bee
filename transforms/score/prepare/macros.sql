-- What the preparation of values computes with.
create or replace temp macro usable(x) as coalesce(isfinite(x) and abs(x) <= 1e150, false);

create or replace temp macro marked(prepared, what) as concat_ws('; ', prepared, what);

-- the kinds of absence, from the least to the worst: what is made of several values has the worst kind of theirs
create or replace temp macro absences() as ['ok', 'not_applicable', 'too_few', 'invalid', 'source_down', 'not_reported'];
create or replace temp macro absence_rank(status) as coalesce(list_position(absences(), status), 6);

-- periods of one shape are of one grain: 2025 and 2024, 2025-Q3 and 2025-Q4
create or replace temp macro period_shape(period) as regexp_replace(period, '[0-9]', '0', 'g');

-- where a period lies in time, in units of its grain; null where its shape is not a known one (then its place in the order counts)
create or replace temp macro plain_period_at(period) as
    case when regexp_full_match(period, '[0-9]{4}') then cast(period as bigint)
         when regexp_full_match(period, '[0-9]{4}-Q[1-4]') then 4 * cast(left(period, 4) as bigint) + cast(right(period, 1) as bigint)
         when regexp_full_match(period, '[0-9]{4}-(0[1-9]|1[0-2])') then 12 * cast(left(period, 4) as bigint) + cast(right(period, 2) as bigint)
         when regexp_full_match(period, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then date_diff('day', date '1970-01-01', try_cast(period as date)) end;
create or replace temp macro period_at(period) as plain_period_at(plain_period(period));

create or replace temp macro within(x, low, high) as case when x is not null then least(high, greatest(low, x)) end;

-- winsorising by skew and kurtosis: is the shape within the limits of the step? Without a shape (too few values, all equal) it is.
create or replace temp macro within_limits(skew, kurtosis) as
    coalesce(abs(skew) < getvariable('prepare_skew') or kurtosis < getvariable('prepare_kurtosis'), true);

create or replace temp macro box_cox(y, power) as
    case when y > 0 then case when power = 0 then ln(y) else (pow(y, power) - 1) / power end end;

-- The shape of the values of each indicator and peer group of a relation (indicator_no, peer_no, value).
-- Values are brought to [0, 1] first (u), so that exact sums of their powers are possible whatever their size.
-- sd with n − 1; skew and kurtosis bias-corrected, G1 and G2 (Joanes and Gill 1998, as SAS, SPSS, Excel and COINr);
-- null where there are too few values, or all are equal.
create or replace temp macro moments(source) as table (
    with span as (
        select indicator_no, peer_no, count(*) as n, min(value) as lowest, max(value) as highest
        from query_table(source) group by indicator_no, peer_no
    ), scaled as (
        select s.indicator_no, s.peer_no, (v.value - s.lowest) / (s.highest - s.lowest) as u, s.n
        from query_table(source) as v join span as s on s.indicator_no = v.indicator_no and s.peer_no = v.peer_no
        where s.highest > s.lowest
    ), centre as (
        select indicator_no, peer_no, exact_sum(u) / any_value(n) as mean from scaled group by indicator_no, peer_no
    ), power_sum as (
        select c.indicator_no, c.peer_no, any_value(c.mean) as mean,
               exact_sum((u - c.mean) * (u - c.mean)) as s2,
               exact_sum((u - c.mean) * (u - c.mean) * (u - c.mean)) as s3,
               exact_sum((u - c.mean) * (u - c.mean) * (u - c.mean) * (u - c.mean)) as s4
        from scaled as v join centre as c on c.indicator_no = v.indicator_no and c.peer_no = v.peer_no
        group by c.indicator_no, c.peer_no
    )
    select s.indicator_no, s.peer_no, s.n, s.lowest, s.highest,
           least(s.highest, greatest(s.lowest, s.lowest + coalesce(p.mean, 0) * (s.highest - s.lowest))) as mean,
           case when s.n > 1 then (s.highest - s.lowest) * sqrt(coalesce(p.s2, 0) / (s.n - 1)) end as sd,
           case when s.n > 2 then s.n * sqrt(s.n - 1.0) / (s.n - 2) * p.s3 / pow(p.s2, 1.5) end as skew,
           case when s.n > 3 then (s.n - 1.0) / ((s.n - 2.0) * (s.n - 3.0)) * ((s.n + 1) * (s.n * p.s4 / (p.s2 * p.s2) - 3) + 6) end as kurtosis
    from span as s left join power_sum as p on p.indicator_no = s.indicator_no and p.peer_no = s.peer_no
);
