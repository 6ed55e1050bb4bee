-- The published score, and who takes part with a grade. variables: score_coverage, minimum_coverage, minimum_days_share,
-- score_decimals, score_rounding, rank_on, rank_by_group.
create or replace temp table placed as
select *, case when score is not null then dense_rank() over (partition by period order by compared desc nulls last) end as score_key,
       case when score is not null then dense_rank() over (partition by period order by compared desc nulls last) end as place_key
from (
    select *, floor(case when getvariable('rank_on') = 'exact' then exact_score else score end * 1e9 + 0.5) as compared,
           case when base_score is null then coalesce(nullif(nullif(tree_status, 'ok'), 'incomplete'), 'no_data')
                when score is null then 'incomplete'
                when coverage < getvariable('minimum_coverage') - 1e-12 then 'incomplete'
                when coalesce(days_share, 1.0) < getvariable('minimum_days_share') - 1e-12 then 'takes_part_without_grade'
                else 'graded' end as standing
    from (
        select s.*, c.period, c.peer_group, c.days_share, case when getvariable('rank_by_group') then c.peer_group else '' end as rank_pool,
               case when s.coverage >= getvariable('score_coverage') - 1e-12
                    then rounded(s.exact_score, getvariable('score_decimals'), getvariable('score_rounding')) end as score
        from scored as s join score_case as c on c.case_no = s.case_no
    ) as published
) as standing;
