-- What the screens look at, by name: an indicator's value as it came (what the scheme derives: as derived), else a node's points.
-- Reads screen_name(name), scheme_made(name): what the scheme itself makes. sign: −1 where lower is better.
create or replace temp macro shown(x) as printf('%.6g', cast(x as double));

create or replace temp table screen_indicator as
select i.indicator_no, i.indicator, m.name is not null as made,
       case when coalesce(l.lower, i.direction = 'lower') then -1.0 else 1.0 end as sign
from scheme_indicator as i
join screen_name as s on s.name = i.indicator
left join scheme_made as m on m.name = i.indicator
left join (select indicator_no, bool_or(direction = 'lower') as lower from scheme_leaf group by indicator_no) as l
  on l.indicator_no = i.indicator_no;

create or replace temp table screen_value as
select t.case_no, n.node as name, t.normalised as x, 1.0 as sign
from tree as t
join scheme_node as n on n.node_no = t.node_no
where t.normalised is not null and n.node in (select name from screen_name)
  and n.node not in (select indicator from screen_indicator)
union all
select c.case_no, i.indicator, f.value, i.sign
from score_fact as f
join score_case as c on c.period = f.period and c.subject_id = f.subject_id
join screen_indicator as i on i.indicator = f.indicator and not i.made
where f.status = 'ok' and isfinite(f.value) and abs(f.value) <= 1e150
union all
select v.case_no, i.indicator, v.value, i.sign
from value as v
join screen_indicator as i on i.indicator_no = v.indicator_no and i.made
where v.status = 'ok';

create or replace temp table finding (
    period varchar, subject_id varchar, code varchar, evidence varchar, value double, limit_value double
);
