-- The publisher's own sums. Reads identity_side(case_no, left_side, right_side), null where a part is absent or cannot be computed.
-- variables: screen_code, screen_first, screen_second (the two expressions), screen_limit.
insert into finding
select c.period, c.subject_id, getvariable('screen_code'),
       getvariable('screen_first') || ' = ' || shown(s.left_side) || ', ' || getvariable('screen_second') || ' = ' || shown(s.right_side)
       || ': ' || shown(abs(s.left_side - s.right_side)) || ' apart (limit ' || shown(getvariable('screen_limit')) || ')',
       abs(s.left_side - s.right_side), getvariable('screen_limit')
from identity_side as s
join score_case as c on c.case_no = s.case_no
where isfinite(s.left_side) and isfinite(s.right_side)
  and abs(s.left_side - s.right_side) > getvariable('screen_limit') + 1e-9 * greatest(1.0, abs(s.left_side));
