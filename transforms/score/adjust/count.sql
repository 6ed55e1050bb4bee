-- What of the proposed points counts: within the adjustment's cap, then within its pool's. Moves the running score.
-- Reads proposed: `before` and `reach` are what the adjustment's rows come to without and with this one. variable: adjustment_no.
create or replace temp macro bounded(x, most) as greatest(-coalesce(most, 1e300), least(coalesce(most, 1e300), x));

create or replace temp table counted as
select *, case when not sound then 0.0
               when abs(within_all - alone) >= 1e-9 then within_all
               -- nothing is cut off: the points as they are stated, without the noise of the running sum
               when abs(abs(points) - abs(alone)) < 1e-9 then sign(alone) * abs(points)
               else alone end as counted_points,
       case when abs(within_cap) < abs(alone) - 1e-9 then 'cap ' || shown(cap) end as cap_note,
       case when abs(within_all) < abs(within_cap) - 1e-9 then 'cap ' || shown(pool_cap) || ' of ' || pool end as pool_note
from (
    select p.case_no, p.decision_key, p.points, p.evidence, e.code, e.kind, e.cap, e.pool, e.pool_cap, p.reach - p.before as alone,
           bounded(p.reach, e.cap) - bounded(p.before, e.cap) as within_cap,
           bounded(coalesce(m.points, 0.0) + bounded(p.reach, e.cap), e.pool_cap)
           - bounded(coalesce(m.points, 0.0) + bounded(p.before, e.cap), e.pool_cap) as within_all,
           coalesce(isfinite(p.reach) and abs(p.reach) <= 1e15 and abs(e.score + p.reach) <= 1e15, false) as sound
    from proposed as p
    join eligible as e on e.case_no = p.case_no
    left join (select case_no, pool, exact_sum(points) as points from pool_moved group by case_no, pool) as m
      on m.case_no = p.case_no and m.pool = e.pool
) as bounds;

insert into adjusted
select c.case_no, getvariable('adjustment_no'), c.code, c.kind, d.decision_no, d.document_no, d.decided_on, d.authority,
       case when isfinite(c.points) then c.points end, c.counted_points,
       nullif(concat_ws('; ', c.evidence, c.cap_note, c.pool_note, case when not c.sound then 'not a finite number' end), '')
from counted as c left join case_decision as d on d.decision_key = c.decision_key;

insert into pool_moved select case_no, pool, exact_sum(counted_points) from counted where pool is not null group by case_no, pool;

update running set moved = running.moved + c.points, score = running.score + c.points
from (select case_no, exact_sum(counted_points) as points from counted group by case_no) as c
where c.case_no = running.case_no;
