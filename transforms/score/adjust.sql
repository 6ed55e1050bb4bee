-- Points for confirmed decisions, newest rule first by date, never beyond the cap of their rule; each decision once.
-- Reads score_decision: decisions that are confirmed, signed off and not revoked, of the scored subjects and periods.
create or replace temp table adjusted as
select d.period, d.subject_id, a.code, a.kind, d.decision_no, d.document_no, d.decided_on, d.authority,
       a.points_each as points_each, coalesce(a.points_each, d.points, 0.0) as points, a.cap
from score_decision as d
join scheme_adjustment as a on a.decision_type = d.decision_type
join score_subject as s on s.period = d.period and s.subject_id = d.subject_id and s.takes_adjustments;

create or replace temp table adjusted_capped as
select period, subject_id, code, kind, decision_no, document_no, decided_on, authority, points,
       (case when kind = 'deduction' then -1.0 else 1.0 end)
       * greatest(0.0, least(points, cap - coalesce(earlier, 0.0))) as counted_points
from (select *, sum(points) over (partition by period, subject_id, code order by decided_on, decision_no
                                  rows between unbounded preceding and 1 preceding) as earlier
      from adjusted) as running;
