-- A grade suggestion: cut table, then ceilings with declared ties, then vetoes. Never below the minimum coverage.
create or replace temp table tie_key as
select b.period, b.subject_id,
       lpad(cast(cast(floor((b.score + 1000) * 1e6 + 0.5) as bigint) as varchar), 20, '0')
       || coalesce(string_agg(lpad(cast(cast(floor((coalesce(t.normalised, 0) + 1000) * 1e6 + 0.5) as bigint) as varchar), 20, '0'), ''
                              order by k.ordinal), '') as sort_key
from banded as b
left join scheme_tie as k on true
left join tree as t on t.period = b.period and t.subject_id = b.subject_id and t.node = k.node
where b.score is not null group by b.period, b.subject_id, b.score;

create or replace temp table cut as
select b.*, k.sort_key,
       case when b.score is null then 'no_data'
            when b.coverage < getvariable('minimum_coverage') - 1e-12 then 'incomplete'
            when b.days_share < getvariable('minimum_days_share') - 1e-12 then 'takes_part_without_grade'
            else 'graded' end as standing,
       (select min(g.ordinal) from scheme_grade as g where b.score >= g.at_least) as reached
from banded as b left join tie_key as k on k.period = b.period and k.subject_id = b.subject_id;

create or replace temp table vetoed as
select d.period, d.subject_id, max(case when v.effect = 'suspend' then 1 else 0 end) = 1 as suspended,
       max(case when v.effect = 'bar_excellent' then 2 when v.effect = 'cap_grade' then g.ordinal end) as best_allowed,
       max(case when v.effect = 'force_grade' then g.ordinal end) as forced,
       string_agg(distinct v.code || ' (' || d.document_no || ')', ', ' order by v.code || ' (' || d.document_no || ')') as reasons
from score_decision as d
join scheme_veto as v on v.decision_type = d.decision_type
left join scheme_grade as g on g.grade = v.grade
group by d.period, d.subject_id;

-- vetoes come before ceilings: a place under the ceiling that a veto frees goes to the next subject
create or replace temp table before_ceiling as
select c.*, v.reasons, coalesce(v.suspended, false) as suspended,
       case when v.forced is not null then v.forced
            when v.best_allowed is not null and v.best_allowed > c.reached then v.best_allowed
            else c.reached end as allowed
from cut as c left join vetoed as v on v.period = c.period and v.subject_id = c.subject_id;

create or replace temp table ceiling_place as
select b.period, b.subject_id, k.ordinal, k.share, k.rounding,
       rank() over (partition by b.period, k.ordinal order by b.sort_key desc) - 1 as better,
       count(*) over (partition by b.period, k.ordinal, b.sort_key) as same
from before_ceiling as b
join scheme_ceiling as k on k.ordinal = b.allowed
where b.standing = 'graded' and not b.suspended;

create or replace temp table ceiling_room as
select b.period, k.ordinal,
       case k.rounding when 'floor' then floor(count(*) * k.share + 1e-9) when 'ceil' then ceil(count(*) * k.share - 1e-9)
            when 'half_even' then round_even(count(*) * k.share, 0) else floor(count(*) * k.share + 0.5 + 1e-9) end as room
from before_ceiling as b cross join scheme_ceiling as k
where b.standing = 'graded' and not b.suspended
group by b.period, k.ordinal, k.share, k.rounding;

create or replace temp table graded as
select b.*,
       case when b.suspended or b.standing <> 'graded' or b.allowed is null then null
            when p.subject_id is null or p.better + p.same <= r.room then b.allowed
            when p.better >= r.room then b.allowed + 1
            else null end as final_ordinal,
       case when b.standing <> 'graded' then b.standing
            when b.suspended then 'suspended: ' || b.reasons
            when p.subject_id is not null and p.better < r.room and p.better + p.same > r.room then 'tie at the ceiling: panel decides'
            when p.subject_id is not null and p.better >= r.room then 'over the ceiling: next grade'
            when b.reasons is not null then b.reasons
            when b.allowed is null then 'below the lowest cut' end as grade_note
from before_ceiling as b
left join ceiling_place as p on p.period = b.period and p.subject_id = b.subject_id
left join ceiling_room as r on r.period = p.period and r.ordinal = p.ordinal;
