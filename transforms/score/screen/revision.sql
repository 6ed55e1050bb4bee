-- What was said first against what is said now, relative to the first; from 0 any revision is a finding (without a size).
-- variables: screen_code, screen_first, screen_second (the revised), screen_limit.
insert into finding
select c.period, c.subject_id, getvariable('screen_code'),
       getvariable('screen_first') || ' = ' || shown(a.x) || ' became ' || getvariable('screen_second') || ' = ' || shown(b.x)
       || case when a.x = 0 then ': the first was 0' else ': ' || shown(100 * (b.x - a.x) / abs(a.x)) || ' %' end
       || ' (limit ' || shown(100 * getvariable('screen_limit')) || ' %)',
       case when a.x <> 0 and abs(b.x - a.x) / abs(a.x) <= 1e150 then abs(b.x - a.x) / abs(a.x) end, getvariable('screen_limit')
from screen_value as a
join screen_value as b on b.case_no = a.case_no and b.name = getvariable('screen_second')
join score_case as c on c.case_no = a.case_no
where a.name = getvariable('screen_first') and abs(b.x - a.x) > (getvariable('screen_limit') + 1e-9) * abs(a.x);
