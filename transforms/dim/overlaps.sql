-- Tenures that cannot both be: one cadre twice in one post, or two chiefs in one post.
select a.org_id, a.post, a.cadre_id as first_cadre, b.cadre_id as second_cadre,
       a.record_no as first_record, b.record_no as second_record,
       a.valid_from as first_from, a.valid_to as first_to, b.valid_from as second_from, b.valid_to as second_to
from dim.post_tenure as a
join dim.post_tenure as b
  on a.org_id = b.org_id and a.post = b.post and a.record_no < b.record_no
 and a.valid_from < b.valid_to and b.valid_from < a.valid_to
where a.cadre_id = b.cadre_id or (a.role = 'chief' and b.role = 'chief')
order by a.org_id, a.post, a.record_no, b.record_no
