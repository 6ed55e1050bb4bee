-- Whom to score, numbered; who is compared with whom; every value with the kind of its absence.
create or replace temp table score_case as
select cast(row_number() over (order by s.period, s.subject_id) as int) as case_no, s.period, s.subject_id, s.peer_group, g.group_no,
       s.ranking_group, s.days_share, s.takes_adjustments
from score_subject as s join scheme_group as g on g.peer_group = s.peer_group;

create or replace temp table peer as
select k.case_no, k.peers_by, cast(dense_rank() over (order by k.peers_by, k.period, k.peers) as int) as peer_no
from (select c.case_no, c.period, b.peers_by,
             case b.peers_by when 'all' then '' when 'group' then c.ranking_group else coalesce(a.value, '') end as peers
      from score_case as c
      cross join (select distinct peers_by from scheme_leaf where peers_by is not null) as b
      left join score_attribute as a
        on a.period = c.period and a.subject_id = c.subject_id and a.attribute = b.peers_by) as k;

create or replace temp view fact_numbered as
select c.case_no, i.indicator_no, f.value, f.n, f.interval_low, f.interval_high, f.status
from score_fact as f
join score_case as c on c.period = f.period and c.subject_id = f.subject_id
join scheme_indicator as i on i.indicator = f.indicator
where i.indicator not in (select indicator from scheme_unit)
union all
-- a unit's result enters its members', by role; of several units that where the subject is chief, else the first by id
select c.case_no, i.indicator_no, m.unit_score * case when m.role = 'chief' then u.chief else u.deputy end, null, null, null,
       case when m.unit_score is not null then 'ok' else coalesce(nullif(m.unit_status, 'ok'), 'not_reported') end
from (select *, row_number() over (partition by period, subject_id, scheme
                                   order by role = 'chief' desc nulls last, unit_score is null, unit_id, unit_score) as place
      from score_member) as m
join score_case as c on c.period = m.period and c.subject_id = m.subject_id
join scheme_unit as u on u.scheme = m.scheme
join scheme_indicator as i on i.indicator = u.indicator
where m.place = 1;

create or replace temp table value as
select case_no, indicator_no,
       case when status = 'ok' and isfinite(value) and abs(value) <= 1e150 then value end as value, n, interval_low, interval_high,
       case when status is null or status = 'ok' and value is null then 'not_reported'
            when status <> 'ok' then status
            when isfinite(value) and abs(value) <= 1e150 then 'ok'
            else 'invalid' end as status,
       case when isfinite(value) then value end as raw, cast(null as varchar) as prepared
from fact_numbered;

create or replace temp table case_out (case_no int, reason varchar);
