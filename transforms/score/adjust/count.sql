-- What of the proposed points counts: within the adjustment's cap, then within its pool's. Moves the running score.
-- Reads proposed: `before` and `reach` are what the adjustment's rows come to without and with this one. variable: adjustment_no.
create or replace temp macro bounded(x, most) as case when most is null then x else greatest(-most, least(most, x)) end;

insert into movement
select case_no, ordinal, decision_key, case when isfinite(points) then points end,
       case when not sound then 0.0
            when abs(within_all - alone) >= 1e-9 then within_all
            -- nothing is cut off: the points as they are stated, without the noise of the running sum
            when abs(abs(points) - abs(alone)) < 1e-9 then sign(alone) * abs(points)
            else alone end,
       case when not sound then 'not a finite number'
            when abs(within_all) < abs(alone) - 1e-9
            then concat_ws('; ', evidence, case when abs(within_cap) < abs(alone) - 1e-9 then 'cap ' || shown(cap) end,
                           case when abs(within_all) < abs(within_cap) - 1e-9 then 'cap ' || shown(pool_cap) || ' of ' || pool end)
            else evidence end
from (
    select p.case_no, p.decision_key, p.points, p.evidence, e.ordinal, e.cap, e.pool, e.pool_cap, p.reach - p.before as alone,
           bounded(p.reach, e.cap) - bounded(p.before, e.cap) as within_cap,
           bounded(coalesce(m.points, 0.0) + bounded(p.reach, e.cap), e.pool_cap)
           - bounded(coalesce(m.points, 0.0) + bounded(p.before, e.cap), e.pool_cap) as within_all,
           coalesce(isfinite(p.reach) and abs(p.reach) <= 1e15 and abs(e.score + p.reach) <= 1e15, false) as sound
    from proposed as p
    join eligible as e on e.case_no = p.case_no
    left join (select k.case_no, exact_sum(k.counted_points) as points
               from movement as k
               where k.ordinal in (select b.ordinal from scheme_adjustment as a join scheme_adjustment as b on b.pool = a.pool
                                   where a.ordinal = getvariable('adjustment_no'))
               group by k.case_no) as m on m.case_no = p.case_no
) as bounds;

update running set moved = running.moved + m.points, score = running.score + m.points
from (select case_no, exact_sum(counted_points) as points from movement where ordinal = getvariable('adjustment_no') group by case_no) as m
where m.case_no = running.case_no;
