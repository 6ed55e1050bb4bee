-- Results of the years before, by the scheme of then. Reads score_subject, score_earlier(year, scheme).
create or replace temp table score_history as
select distinct r.period, r.subject_id, r.score, r.grade
from score_earlier as e
join score.result as r on r.scheme = e.scheme and r.period = cast(e.year as varchar)
where r.subject_id in (select subject_id from score_subject);
