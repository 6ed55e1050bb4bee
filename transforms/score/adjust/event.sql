-- Points for decisions, the earliest first; each decision once. `reach` is what the decisions up to this one come to.
create or replace temp table proposed as
with taken as (
    select e.case_no, d.decision_key, e.kind, e.once, coalesce(e.points_each, d.points) as stated,
           case when e.points_each is not null then e.points_each
                when not coalesce(isfinite(d.points), false) then 0.0
                else least(1e15, case when e.kind = 'deduction' then abs(d.points) else greatest(0.0, d.points) end) end as points
    from eligible as e
    join case_decision as d on d.case_no = e.case_no and d.decision_type = e.decision_type
    where d.decision_key not in (select decision_key from decision_used)
),
chosen as (
    select *, not once or row_number() over (partition by case_no order by points desc, decision_key) = 1 as counts,
           case when kind = 'deduction' then -1 else 1 end as sign
    from taken
),
summed as (
    select *, sum(cast(case when counts then points else 0 end as decimal(38, 15)))
                over (partition by case_no order by decision_key rows unbounded preceding) as so_far
    from chosen
)
select case_no, decision_key, points,
       sign * cast(so_far - cast(case when counts then points else 0 end as decimal(38, 15)) as double) as before,
       sign * cast(so_far as double) as reach,
       case when not counts then 'only the largest counts'
            when stated is null then 'the decision states no points'
            when not isfinite(stated) then 'the points are not a finite number' end as evidence
from summed;

insert into decision_used select decision_key from proposed;
