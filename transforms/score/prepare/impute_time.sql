-- carry: the last known earlier period; interpolate: on the straight line between the nearest known periods, at the ends the
-- nearest one. Only periods of the same grain.
create or replace temp table gap as
select v.case_no, v.indicator_no, c.subject_id, c.shape, c.place
from value as v
join prepare_indicator as i on i.indicator_no = v.indicator_no
join dated_case as c on c.case_no = v.case_no
where v.case_no > 0 and list_contains(getvariable('prepare_statuses'), v.status);

create or replace temp table known as
select c.subject_id, c.shape, c.place, c.period, v.indicator_no, v.value
from value as v
join dated_case as c on c.case_no = v.case_no
semi join gap as g on g.subject_id = c.subject_id and g.shape = c.shape and g.indicator_no = v.indicator_no
where v.status = 'ok';

create or replace temp table earlier as
select g.case_no, g.indicator_no, k.place, k.period, k.value
from gap as g asof join known as k
  on k.subject_id = g.subject_id and k.shape = g.shape and k.indicator_no = g.indicator_no and g.place > k.place;

create or replace temp table later as
select g.case_no, g.indicator_no, k.place, k.period, k.value
from gap as g asof join known as k
  on k.subject_id = g.subject_id and k.shape = g.shape and k.indicator_no = g.indicator_no and g.place < k.place
where getvariable('prepare_method') = 'interpolate';

create or replace temp table touched as
select g.case_no, g.indicator_no,
       case when e.place is null then l.value
            when l.place is null then e.value
            else least(greatest(e.value, l.value), greatest(least(e.value, l.value),
                     e.value + (l.value - e.value) * ((g.place - e.place) / (l.place - e.place)))) end as value,
       cast(null as double) as interval_low, cast(null as double) as interval_high, 'ok' as status, cast(null as bigint) as n,
       case when e.place is not null and l.place is not null then 'imputed: interpolated between ' || e.period || ' and ' || l.period
            else 'imputed: carried from ' || coalesce(e.period, l.period) end as note
from gap as g
left join earlier as e on e.case_no = g.case_no and e.indicator_no = g.indicator_no
    and (getvariable('prepare_periods') is null or g.place - e.place <= getvariable('prepare_periods'))
left join later as l on l.case_no = g.case_no and l.indicator_no = g.indicator_no
where e.place is not null or l.place is not null;
