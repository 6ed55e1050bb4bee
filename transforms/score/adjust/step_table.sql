-- Points by the furthest step that a node's points or an indicator's value meet; bounds to 1e-9.
create or replace temp table proposed as
with measured as (
    select e.case_no, e.group_no, e.ordinal, e.otherwise, coalesce(n.node, i.indicator) as name,
           case when e.node_no is not null then t.normalised else v.value end as x,
           coalesce(case when e.node_no is not null then t.status else v.status end, 'not_reported') as status
    from eligible as e
    left join scheme_node as n on n.node_no = e.node_no
    left join tree as t on t.case_no = e.case_no and t.node_no = e.node_no
    left join scheme_indicator as i on i.indicator_no = e.indicator_no
    left join value as v on v.case_no = e.case_no and v.indicator_no = e.indicator_no
),
reached as (
    select m.case_no, max(struct_pack(furthest := case when s.upward then s.bound else -s.bound end, points := s.points)).points as points
    from measured as m
    join scheme_adjustment_step as s on s.ordinal = m.ordinal and s.group_no = m.group_no
     and case when s.upward and s.inclusive then m.x >= s.bound - 1e-9
              when s.upward then m.x > s.bound + 1e-9
              when s.inclusive then m.x <= s.bound + 1e-9
              else m.x < s.bound - 1e-9 end
    group by m.case_no
)
select m.case_no, cast(null as int) as decision_key, case when m.x is null then 0.0 else coalesce(r.points, m.otherwise) end as points,
       cast(0 as double) as before, case when m.x is null then 0.0 else coalesce(r.points, m.otherwise) end as reach,
       m.name || case when m.x is null then ' is ' || m.status else ' = ' || shown(m.x) end as evidence
from measured as m left join reached as r on r.case_no = m.case_no;
