select t.cadre_id, c.cadre_name, t.org_id, o.org_name, t.post, t.role, t.valid_from, t.valid_to
from dim.post_tenure as t left join dim.cadre as c on c.cadre_id = t.cadre_id left join dim.org as o on o.org_id = t.org_id
order by t.cadre_id, t.valid_from, t.org_id, t.post
