-- The values of each indicator in each period, as they stand in `value`, of the subjects that are not screened out.
create or replace temp table statistic_case as
select case_no, period, cast(dense_rank() over (order by period) as int) as peer_no
from score_case where case_no not in (select case_no from case_out);

create or replace temp table statistic_sample as
select v.indicator_no, c.peer_no, v.value
from value as v join statistic_case as c on c.case_no = v.case_no
where v.status = 'ok';

create or replace temp table indicator_statistic as
with counted as (
    select c.period, c.peer_no, v.indicator_no, count(*) filter (v.status <> 'not_applicable') as applicable,
           count(*) filter (v.status = 'ok') as available, count(*) filter (v.status = 'ok' and v.value <> 0) as nonzero,
           count(distinct v.value) filter (v.status = 'ok') as different, median(v.value) filter (v.status = 'ok') as median
    from value as v join statistic_case as c on c.case_no = v.case_no
    group by c.period, c.peer_no, v.indicator_no
), alike as (
    select peer_no, indicator_no, max(n) as same
    from (select peer_no, indicator_no, count(*) as n from statistic_sample group by peer_no, indicator_no, value) as s
    group by peer_no, indicator_no
)
select k.period, i.indicator, k.applicable, k.available, k.nonzero, k.different, coalesce(a.same, 0) as same,
       m.lowest, m.highest, m.mean, k.median, m.sd, m.skew, m.kurtosis
from counted as k
join scheme_indicator as i on i.indicator_no = k.indicator_no
left join moments('statistic_sample') as m on m.indicator_no = k.indicator_no and m.peer_no = k.peer_no
left join alike as a on a.indicator_no = k.indicator_no and a.peer_no = k.peer_no;
