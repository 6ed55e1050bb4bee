-- Points or a factor for the worst share of the peers; who is equal to one outside stays outside. variable: adjustment_no.
create or replace temp table proposed as
with measured as (
    select r.case_no, r.period, r.peers, floor(case when a.node_no is null then r.score else t.normalised end * 1e9 + 0.5) as x
    from running as r
    join scheme_adjustment as a on a.ordinal = getvariable('adjustment_no') and a.group_no = r.group_no
    left join tree as t on t.case_no = r.case_no and t.node_no = a.node_no
    where r.takes_adjustments
),
placed as (
    select case_no, count(*) over (partition by period, peers) as n,
           count(*) over (partition by period, peers order by x) as up_to
    from measured where x is not null
)
select e.case_no, cast(null as int) as decision_key, coalesce(e.points, e.score * e.factor - e.score) as points,
       cast(0 as double) as before,
       coalesce(e.points, e.score * e.factor - e.score) as reach,
       'among the worst ' || shown(e.share * 100) || ' % of ' || p.n || ' peers' as evidence
from eligible as e join placed as p on p.case_no = e.case_no
where p.up_to <= floor(e.share * p.n + 1e-9);
