-- The running score times a factor that is declared, or each subject's own.
create or replace temp table proposed as
select case_no, cast(null as int) as decision_key, points, cast(0 as double) as before, points as reach, evidence
from (
    select e.case_no, coalesce(e.score * coalesce(e.factor, v.value) - e.score, 0.0) as points,
           case when e.own_indicator_no is null then '× ' || shown(e.factor)
                when v.value is null then i.indicator || ' is ' || coalesce(v.status, 'not_reported')
                else '× ' || i.indicator || ' = ' || shown(v.value) end as evidence
    from eligible as e
    left join scheme_indicator as i on i.indicator_no = e.own_indicator_no
    left join value as v on v.case_no = e.case_no and v.indicator_no = e.own_indicator_no
) as multiplied;
