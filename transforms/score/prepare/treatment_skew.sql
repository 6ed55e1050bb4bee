-- What winsorising by skew and kurtosis came to, where it was of use and where not.
insert into treatment
select getvariable('prepare_ordinal'), 'winsorise', 'winsorise', b.indicator_no, b.peer_no, p.period, p.peers, s.n, b.changed,
       s.skew, s.kurtosis, b.skew, b.kurtosis, b.within_limits
from bound as b
join shape_before as s on s.indicator_no = b.indicator_no and s.peer_no = b.peer_no
join (select distinct peer_no, period, peers from prepare_peer) as p on p.peer_no = b.peer_no;

-- Where it was of no use, the values stay as they were for what comes otherwise.
create or replace temp table failed as
select indicator_no, peer_no from bound where not within_limits and getvariable('prepare_otherwise') <> 'none';

delete from bound where (indicator_no, peer_no) in (select (indicator_no, peer_no) from failed);
