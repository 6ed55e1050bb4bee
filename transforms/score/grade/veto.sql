-- What confirmed decisions do to the grade, each reason with its document. Reads case_decision.
create or replace temp table vetoed as
select d.case_no, bool_or(v.effect = 'suspend') as suspended,
       max(case when v.effect = 'bar_excellent' then 2 when v.effect = 'cap_grade' then v.grade_no end) as best_allowed,
       max(case when v.effect = 'force_grade' then v.grade_no end) as forced,
       string_agg(distinct v.code || ' (' || coalesce(d.document_no, d.decision_no, '') || ')', ', '
                  order by v.code || ' (' || coalesce(d.document_no, d.decision_no, '') || ')') as reasons
from case_decision as d
join scheme_veto as v on v.decision_type = d.decision_type
group by d.case_no;
