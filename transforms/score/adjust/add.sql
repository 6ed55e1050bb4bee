-- Points that are declared, or each subject's own.
create or replace temp table proposed as
select e.case_no, cast(null as int) as decision_key, coalesce(e.points, v.value, 0.0) as points, cast(0 as double) as before,
       coalesce(e.points, v.value, 0.0) as reach,
       case when e.own_indicator_no is null then null
            when v.value is null then i.indicator || ' is ' || coalesce(v.status, 'not_reported')
            else i.indicator || ' = ' || shown(v.value) end as evidence
from eligible as e
left join scheme_indicator as i on i.indicator_no = e.own_indicator_no
left join value as v on v.case_no = e.case_no and v.indicator_no = e.own_indicator_no;
