-- What a step made of the cells that it touched goes into their place.
update value
set value = case when t.status = 'ok' and usable(t.value) then t.value end,
    n = t.n,
    interval_low = case when t.status = 'ok' and usable(t.interval_low) then t.interval_low end,
    interval_high = case when t.status = 'ok' and usable(t.interval_high) then t.interval_high end,
    status = case when t.status = 'ok' and not usable(t.value) then 'invalid' else t.status end,
    prepared = marked(value.prepared, t.note)
from touched as t
where t.case_no = value.case_no and t.indicator_no = value.indicator_no;
