-- Organisations, cadres, posts and portfolios as the roster says now. Reads the view roster.
create or replace table dim.org as
select org_id, max(org_name) as org_name, max(org_class) as subject_class, max(org_group) as peer_group
from roster where record_type = 'organisation' group by org_id;

create or replace table dim.cadre as
select cadre_id, max(cadre_name) as cadre_name from roster where cadre_id is not null group by cadre_id;

create or replace table dim.post_tenure as
select record_no, cadre_id, org_id, post, role, valid_from, coalesce(valid_to, date '2099-12-31') as valid_to
from roster where record_type = 'post';

create or replace table dim.portfolio as
select record_no, cadre_id, org_id, domain, cast(coalesce(share, 1) as double) as share,
       valid_from, coalesce(valid_to, date '2099-12-31') as valid_to
from roster where record_type = 'portfolio';

-- who answers for which domain of which organisation, and when: chiefs for every one, deputies by portfolio
create or replace table dim.responsibility as
select t.cadre_id, t.org_id, d.domain, t.role, p.chief_weight as role_weight, cast(0 as double) as share,
       t.valid_from, t.valid_to
from dim.post_tenure as t
cross join (select distinct domain from dim.indicator where domain is not null) as d
cross join role_parameter as p
where t.role = 'chief'
union all
select q.cadre_id, q.org_id, q.domain, 'deputy' as role, p.deputy_weight as role_weight, q.share, q.valid_from, q.valid_to
from dim.portfolio as q
cross join role_parameter as p;
