-- Every movement with its rule and its document; and the scores: base_score + adjustment_points = exact_score.
create or replace temp table adjusted as
select m.case_no, m.ordinal, coalesce(a.code, 'final') as code, coalesce(a.kind, 'final') as kind, d.decision_no, d.document_no,
       d.decided_on, d.authority, m.points, m.counted_points, m.evidence
from movement as m
left join (select distinct ordinal, code, kind from scheme_adjustment) as a on a.ordinal = m.ordinal
left join case_decision as d on d.decision_key = m.decision_key;

create or replace temp table scored as
select c.case_no, r.base_score, coalesce(r.moved, 0.0) as adjustment_points, r.score as exact_score,
       coalesce(t.coverage, 0.0) as coverage, coalesce(o.reason, t.status) as tree_status
from score_case as c
left join tree as t on t.case_no = c.case_no and t.node_no = 0
left join running as r on r.case_no = c.case_no
left join (select case_no, min(reason) as reason from case_out group by case_no) as o on o.case_no = c.case_no;
