-- Places and grades together. variables: rank_dense, use_ties.
create or replace temp table graded as
with counted as (
    select g.*, case when getvariable('use_ties') then g.place_key else g.score_key end as key, s.group_size
    from grading as g
    join (select period_no, group_no, count(score) as group_size from grading group by period_no, group_no) as s
      on s.period_no = g.period_no and s.group_no = g.group_no
),
ranked as (
    select *, case when score is null then null
                   when getvariable('rank_dense') then dense_rank() over (partition by period_no, rank_pool order by key nulls last)
                   else rank() over (partition by period_no, rank_pool order by key nulls last) end as rank,
           case when score is not null then rank() over (partition by period_no, group_no order by key nulls last) end as rank_in_group
    from counted
)
select r.case_no, r.base_score, r.adjustment_points, case when r.score is not null then r.exact_score end as exact_score, r.score,
       r.coverage, r.rank, r.rank_in_group, r.group_size,
       case when r.score is null then null
            when r.rank_in_group <= ceil(r.group_size * 0.25) then 'top quarter'
            when r.rank_in_group <= ceil(r.group_size * 0.5) then 'upper middle'
            when r.rank_in_group <= ceil(r.group_size * 0.75) then 'lower middle' else 'bottom quarter' end as rank_band,
       case when not r.undecided then g.grade end as grade,
       nullif(concat_ws('; ', case when r.standing <> 'graded' then r.standing end,
                        case when r.suspended then 'suspended: ' else '' end || r.reasons, r.chief_reason, r.note,
                        case when r.standing = 'graded' and not r.suspended and r.grade_no is null and not r.undecided
                              and (select count(*) from scheme_grade) > 0 then 'below the lowest cut' end), '') as grade_note,
       nullif(concat_ws('; ', case when r.base_score is null then r.tree_status end, r.evidence), '') as grade_evidence,
       case when r.standing in ('graded', 'takes_part_without_grade') then 'ok' else r.standing end as status
from ranked as r
left join scheme_grade as g on g.grade_no = r.grade_no;
