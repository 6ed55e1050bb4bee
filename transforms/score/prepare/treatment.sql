-- What one step did to each indicator among each group of peers.
create or replace temp table shape_after as
select * from moments('sample')
union all
select * from shape_before where (indicator_no, peer_no) not in (select (indicator_no, peer_no) from changed);

insert into treatment
select getvariable('prepare_ordinal'), getvariable('prepare_step'), getvariable('prepare_method'), k.indicator_no, k.peer_no, p.period, p.peers,
       coalesce(a.n, 0), coalesce(c.changed, 0), b.skew, b.kurtosis, a.skew, a.kurtosis,
       case when getvariable('prepare_skew') is not null then within_limits(a.skew, a.kurtosis) end
from (select indicator_no, peer_no from shape_before union select indicator_no, peer_no from shape_after) as k
join (select distinct peer_no, period, peers from prepare_peer) as p on p.peer_no = k.peer_no
left join shape_before as b on b.indicator_no = k.indicator_no and b.peer_no = k.peer_no
left join shape_after as a on a.indicator_no = k.indicator_no and a.peer_no = k.peer_no
left join changed as c on c.indicator_no = k.indicator_no and c.peer_no = k.peer_no;
