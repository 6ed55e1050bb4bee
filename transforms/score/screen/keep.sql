-- Replace the findings of the scheme and the scored periods. Reads scheme_screen. variable: scheme.
delete from score.review where scheme = getvariable('scheme') and period in (select distinct period from score_subject);

insert into score.review
select getvariable('scheme'), f.period, f.subject_id, s.screen, s.code, s.title_en, s.title_zh, s.severity, f.evidence, f.value,
       f.limit_value
from finding as f join scheme_screen as s on s.code = f.code;
