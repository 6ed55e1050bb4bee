-- Confirmed, signed-off, unrevoked decisions about the subjects, by the day they were decided. Reads the view decision.
create or replace temp table score_decision as
select s.period, s.subject_id, d.decision_no, d.document_no, d.decision_type, d.decided_on, d.authority,
       cast(d.points as double) as points
from decision as d
join score_subject as s on s.subject_id = coalesce(d.cadre_id, d.org_id)
join dim.period as p on p.period = s.period and d.decided_on >= p.starts_on and d.decided_on < p.ends_on
where d.confirmed and d.signed_off and not coalesce(d.revoked, false);
