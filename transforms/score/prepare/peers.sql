-- Who is compared with whom in this step: the subjects of a period (prepare_by 'all'), its groups, or those with one attribute.
-- A subject without the attribute has no peers, and who is screened out is nobody's.
create or replace temp table prepare_peer as
select case_no, period, peers, cast(dense_rank() over (order by period, peers) as int) as peer_no
from (select c.case_no, c.period,
             case getvariable('prepare_by') when 'all' then '' when 'group' then coalesce(c.ranking_group, '') else a.value end as peers
      from score_case as c
      left join score_attribute as a
        on a.period = c.period and a.subject_id = c.subject_id and a.attribute = getvariable('prepare_by')
      where c.case_no not in (select case_no from case_out)) as p
where peers is not null;
