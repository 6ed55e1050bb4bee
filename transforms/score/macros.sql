-- What every stage of the scoring computes with.
-- a sum of whole numbers of 2⁻⁶⁰: the order of rows and the number of threads cannot change it; for sums within ±1e20
create or replace temp macro exact_sum(x) as cast(sum(cast(x * 1152921504606846976 as hugeint)) as double) / 1152921504606846976;

-- float noise: numbers that agree to twelve digits are the same number
create or replace temp macro same(a, b) as abs(a - b) <= 1e-12 * greatest(abs(a), abs(b));
-- the least number that counts as the bound (with_it) or as above it; 5e-324 is the smallest number above 0
create or replace temp macro from_on(bound, with_it) as
    case when with_it then bound - 1e-12 * abs(bound) else bound + greatest(1e-12 * abs(bound), 5e-324) end;

-- 1e-9 of a unit is noise: what lies so near to a half counts as a half, what lies so near to a whole number as whole
create or replace temp macro rounded(x, decimals, how) as
    case how
        when 'half_up' then floor(x * pow(10, decimals) + 0.5 + 1e-9)
        when 'floor' then floor(x * pow(10, decimals) + 1e-9)
        when 'ceil' then ceil(x * pow(10, decimals) - 1e-9)
        when 'half_even' then
            case when abs(x * pow(10, decimals) - floor(x * pow(10, decimals)) - 0.5) < 1e-9
                 then 2 * floor(floor(x * pow(10, decimals)) / 2 + 0.5)
                 else floor(x * pow(10, decimals) + 0.5) end
    end / pow(10, decimals);

create or replace temp macro after_step(x, op, a, b, how) as
    case when x is null then null
         when op is null then x
         when op = 'multiply' then x * a
         when op = 'add' then x + a
         when op = 'power' then sign(x) * pow(abs(x), a)
         when op = 'round' then rounded(x, a, how)
         when op = 'clamp' then greatest(coalesce(a, cast('-infinity' as double)), least(coalesce(b, cast('infinity' as double)), x)) end;

-- a period's own name: the uncertainty analysis puts a key and a separator before it, so that each run is a period of its own
create or replace temp macro plain_period(period) as split_part(period, chr(31), -1);

-- the slope of the chord of a mean's function between u = x / M and 1: with it every quasi-arithmetic mean is the
-- arithmetic mean of its children under the weights w · chord / Σ w · chord (as Reinsdorf, Diewert and Ehemann 2002 do for indices)
create or replace temp macro chord(u, method, p) as
    case when method = 'geometric' then
             case when abs(u - 1) < 1e-4 then 1 - (u - 1) / 2 + (u - 1) * (u - 1) / 3 - (u - 1) * (u - 1) * (u - 1) / 4
                  else ln(u) / (u - 1) end
         when method = 'power' then
             case when abs(u - 1) < 1e-4
                  then p * (1 + (p - 1) / 2 * (u - 1) + (p - 1) * (p - 2) / 6 * (u - 1) * (u - 1)
                            + (p - 1) * (p - 2) * (p - 3) / 24 * (u - 1) * (u - 1) * (u - 1))
                  else (pow(u, p) - 1) / (u - 1) end
         else 1.0 end;

-- What a point of the aggregate gives after the node's steps: the declared multiplication; where the steps cut the points down
-- (a cap, rounding off), everything is cut in proportion. What this does not explain is left over and shared out by weight.
create or replace temp macro down_factor(aggregated, normalised, factor) as
    case when factor * aggregated <> 0 and normalised / (factor * aggregated) between 0 and 1 then normalised / aggregated else factor end;

-- Kinds of status as bits, so that a node's children are looked at once; several kinds of absence come down to the gravest.
create or replace temp macro status_bit(status) as
    case status when 'ok' then 1 when 'incomplete' then 2 when 'not_applicable' then 4 when 'too_few' then 8 when 'invalid' then 16
                when 'not_reported' then 32 when 'source_down' then 64 else 128 end;
create or replace temp macro status_of(bits) as
    case when bits & 128 > 0 then 'screened_out' when bits & 64 > 0 then 'source_down' when bits & 32 > 0 then 'not_reported'
         when bits & 16 > 0 then 'invalid' when bits & 8 > 0 then 'too_few' when bits & 4 > 0 then 'not_applicable' else 'invalid' end;

-- The standard normal distribution, to 1e-15: erfc z = 2 z e^(−z²) / π · ∫ e^(−t²) / (t² + z²) dt by the midpoint rule of step ½, plus
-- the residue of the pole (Chiarella and Reichel 1968); z = |x| / √2.
create or replace temp macro normal_term(z, t) as exp(-t * t) / (t * t + z * z);
create or replace temp macro complement(z) as
    z * exp(-z * z) / pi() * (
        normal_term(z, 0.25) + normal_term(z, 0.75) + normal_term(z, 1.25) + normal_term(z, 1.75) + normal_term(z, 2.25)
        + normal_term(z, 2.75) + normal_term(z, 3.25) + normal_term(z, 3.75) + normal_term(z, 4.25) + normal_term(z, 4.75)
        + normal_term(z, 5.25) + normal_term(z, 5.75) + normal_term(z, 6.25))
    + 2 / (1 + exp(4 * pi() * least(z, 50)));
create or replace temp macro normal_cdf(x) as
    case when x < 0 then complement(-x / sqrt(2)) / 2 else 1 - complement(x / sqrt(2)) / 2 end;
