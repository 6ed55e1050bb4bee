-- Before the first adjustment: running scores, the decisions of each case numbered from the earliest.
-- Reads score_decision: decisions that are confirmed, signed off and not revoked. A number stands once for a subject and type.
create or replace temp macro shown(x) as printf('%.6g', x);

create or replace temp table case_decision as
select cast(row_number() over (order by case_no, decided_on nulls last, decision_no nulls last, decision_type, document_no nulls last,
                                        points nulls last, authority nulls last) as int) as decision_key,
       case_no, decision_no, document_no, decision_type, decided_on, authority, points
from (select c.case_no, d.decision_no, d.document_no, d.decision_type, d.decided_on, d.authority, cast(d.points as double) as points,
             row_number() over (partition by c.case_no, d.decision_no, d.decision_type
                                order by d.decided_on nulls last, d.document_no nulls last, d.points nulls last,
                                         d.authority nulls last) as copy
      from score_decision as d
      join score_case as c on c.period = d.period and c.subject_id = d.subject_id) as found
where copy = 1 or decision_no is null;

create or replace temp table running as
select c.case_no, c.group_no, c.period, case when getvariable('peers_all') then '' else c.ranking_group end as peers, c.takes_adjustments,
       t.normalised as base_score, cast(0 as double) as moved, t.normalised as score
from score_case as c
join tree as t on t.case_no = c.case_no and t.node_no = 0
where t.normalised is not null and c.case_no not in (select case_no from case_out);

-- an adjustment's numbers for each of those whom it may reach. variable: adjustment_no
create or replace temp table eligible_case (case_no int, group_no int, score double);
create or replace temp view eligible as
select e.case_no, e.score, a.*
from eligible_case as e
join scheme_adjustment as a on a.ordinal = getvariable('adjustment_no') and a.group_no = e.group_no;

create or replace temp table decision_used (decision_key int);
create or replace temp table movement (
    case_no int, ordinal int, decision_key int, points double, counted_points double, evidence varchar
);
