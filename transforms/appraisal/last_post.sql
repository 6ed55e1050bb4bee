-- The post that a cadre held last in each period; of several held to its end, the one as chief, then the latest taken up.
create or replace temp table last_post as
select period, cadre_id, org_id, post, role, days_share
from (
    select p.period, t.cadre_id, t.org_id, t.post, t.role,
           row_number() over (partition by p.period, t.cadre_id
                              order by least(t.valid_to, p.ends_on) desc, t.role = 'chief' desc, t.valid_from desc, t.record_no) as place,
           sum(date_diff('day', greatest(t.valid_from, p.starts_on), least(t.valid_to, p.ends_on)))
             over (partition by p.period, t.cadre_id) / cast(date_diff('day', p.starts_on, p.ends_on) as double) as days_share
    from dim.post_tenure as t
    join dim.period as p on t.valid_from < p.ends_on and t.valid_to > p.starts_on
    where p.period in (select period from score_scope)
) as posts
where place = 1;
