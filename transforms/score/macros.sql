-- What every stage of the scoring computes with.
-- exact decimals: the order of rows and the number of threads cannot change the sum; for |x| < 1e18
create or replace temp macro exact_sum(x) as cast(sum(cast(x as decimal(38, 18))) as double);

-- float noise: numbers that agree to twelve digits are the same number
create or replace temp macro same(a, b) as abs(a - b) <= 1e-12 * greatest(abs(a), abs(b));

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
         when op = 'clamp' then greatest(coalesce(a, x), least(coalesce(b, x), x)) end;

-- the slope of the chord of a mean's function between u = x / M and 1: with it every quasi-arithmetic mean is the
-- arithmetic mean of its children under the weights w · chord / Σ w · chord (as Reinsdorf, Diewert and Ehemann 2002 do for indices)
create or replace temp macro chord(u, method, p) as
    case when method = 'harmonic' then 1 / u
         when method = 'geometric' then
             case when abs(u - 1) < 1e-4 then 1 - (u - 1) / 2 + (u - 1) * (u - 1) / 3 - (u - 1) * (u - 1) * (u - 1) / 4
                  else ln(u) / (u - 1) end
         when method = 'power' then
             case when abs(u - 1) < 1e-4
                  then p * (1 + (p - 1) / 2 * (u - 1) + (p - 1) * (p - 2) / 6 * (u - 1) * (u - 1)
                            + (p - 1) * (p - 2) * (p - 3) / 24 * (u - 1) * (u - 1) * (u - 1))
                  else (pow(u, p) - 1) / (u - 1) end
         else 1.0 end;
