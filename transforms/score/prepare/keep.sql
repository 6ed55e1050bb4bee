delete from score.treatment where scheme = getvariable('scheme') and period in (select period from score_case);

insert into score.treatment
select getvariable('scheme'), t.period, t.ordinal, t.step, t.method, i.indicator, t.peers, t.n, t.changed,
       t.skew_before, t.kurtosis_before, t.skew_after, t.kurtosis_after, t.within_limits
from treatment as t join scheme_indicator as i using (indicator_no)
order by t.period, t.ordinal, i.indicator, t.peers, t.method desc;
