-- The published score, and who takes part with a grade. place_key orders everyone of a period with a score, equals alike.
-- variables: score_coverage, minimum_coverage, minimum_days_share, score_decimals, score_rounding, rank_on, rank_by_group.
create or replace temp table period_kind as
select period, cast(row_number() over (order by period) as int) as period_no,
       case when regexp_full_match(plain_period(period), '\d{4}') then 'year' else 'quarter' end as grain
from (select distinct period from score_case) as known;

create or replace temp table placed as
select *, case when score is not null then rank() over (partition by period_no order by compared desc nulls last) end as score_key,
       case when score is not null then rank() over (partition by period_no order by compared desc nulls last) end as place_key
from (
    select *, floor(case when getvariable('rank_on') = 'exact' then exact_score else score end * 1e9 + 0.5) as compared,
           case when base_score is null then case when case_no in (select case_no from case_out) then 'screened_out' else 'no_data' end
                when score is null then 'incomplete'
                when coverage < getvariable('minimum_coverage') - 1e-12 then 'incomplete'
                when coalesce(days_share, 1.0) < getvariable('minimum_days_share') - 1e-12 then 'takes_part_without_grade'
                else 'graded' end as standing
    from (
        select s.*, p.period_no, c.group_no, c.days_share, case when getvariable('rank_by_group') then c.group_no else -1 end as rank_pool,
               case when s.coverage >= getvariable('score_coverage') - 1e-12
                    then rounded(s.exact_score, getvariable('score_decimals'), getvariable('score_rounding')) end as score
        from scored as s
        join score_case as c on c.case_no = s.case_no
        join period_kind as p on p.period = c.period
    ) as published
) as standing;
