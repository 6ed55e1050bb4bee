select cadre_id, org_id, domain, role, role_weight, share, valid_from, valid_to
from dim.responsibility order by cadre_id, org_id, domain, valid_from
