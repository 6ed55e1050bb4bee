-- Confirmed, signed-off, unrevoked decisions, by the day they were decided; about nobody in particular: subject '*', the class.
-- Reads the view decision.
create or replace temp table score_decision as
select p.period, coalesce(d.cadre_id, d.org_id, '*') as subject_id, d.decision_no, d.document_no, d.decision_type, d.decided_on,
       d.authority, cast(d.points as double) as points
from decision as d
join dim.period as p on d.decided_on >= p.starts_on and d.decided_on < p.ends_on
join score_scope as c on c.period = p.period
left join score_subject as s on s.period = p.period and s.subject_id = coalesce(d.cadre_id, d.org_id)
where d.confirmed and d.signed_off and not coalesce(d.revoked, false)
  and (s.subject_id is not null or coalesce(d.cadre_id, d.org_id) is null);
