-- Against the own baseline b, times scale: x − b; (x − b) / |b|; or (x − b) / (best − b), the share of what was missing (CMS, Hospital
-- Value-Based Purchasing, 42 CFR 412.165). Lower is better: the signs turned.
-- No room (b = 0 in relative; b at or beyond best in gap_closed): at_ceiling where x is better than b, when_equal where it is b,
-- else least (0 without one).
insert into leaf_points
select case_no, node_no, greatest("least", least(most, case when form = 'difference' then scale * gain
                                                            when room > 0 then scale * gain / room
                                                            when gain > 0 then at_ceiling
                                                            when gain = 0 then coalesce(when_equal, at_ceiling)
                                                            else coalesce("least", 0.0) end))
from (select case_no, node_no, form, scale, "least", most, at_ceiling, when_equal,
             case when same(x, baseline) then 0.0 when lower then baseline - x else x - baseline end as gain,
             case when form = 'relative' then abs(baseline)
                  when form = 'gap_closed' and same(best, baseline) then 0.0
                  when lower then baseline - best
                  else best - baseline end as room
      from leaf_parameter
      where method = 'improvement' and baseline is not null and (form <> 'gap_closed' or best is not null)) as p;
