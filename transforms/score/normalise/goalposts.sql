-- scale · (f(x) − f(low)) / (f(high) − f(low)), clamped to [0, scale] where clamped; f is ln where log. UNDP, HDR technical notes.
-- A logarithm of what is not above 0 counts as the smaller goalpost where clamped; otherwise there is none.
insert into leaf_points
select case_no, node_no,
       scale * case when clamped then greatest(0.0, least(1.0, (fx - f_low) / (f_high - f_low))) else (fx - f_low) / (f_high - f_low) end
from (select case_no, node_no, scale, clamped,
             case when "log" then ln(case when low > 0 and high > 0 then case when x > 0 then x when clamped then least(low, high) end end)
                  else x end as fx,
             case when "log" then ln(case when low > 0 then low end) else low end as f_low,
             case when "log" then ln(case when high > 0 then high end) else high end as f_high
      from leaf_parameter
      where method = 'goalposts' and not same(low, high)) as p
where fx is not null and f_low <> f_high;
