-- Parameters that are a statistic of the peers' values; null (the leaf is invalid) where it has none, such as the sd of one peer.
-- quantile: linear between the order statistics around (n − 1) q (type 7 of Hyndman and Fan 1996); median: its q of ½.
create or replace temp table leaf_peer_parameter as
with asked as (
    select q.group_no, q.node_no, q.is_fallback, q.parameter, q.statistic, case q.statistic when 'median' then 0.5 else q.q end as q,
           k.peer_no
    from scheme_peer_parameter as q
    join (select distinct group_no, node_no, is_fallback, peer_no
          from leaf
          where status = 'ok' and node_no in (select node_no from scheme_peer_parameter)) as k
      on k.group_no = q.group_no and k.node_no = q.node_no and k.is_fallback = q.is_fallback),
listed as (
    select node_no, peer_no, list_sort(list(x)) as xs, count(*) as n
    from leaf
    where status = 'ok' and node_no in (select node_no from scheme_peer_parameter where statistic in ('median', 'quantile'))
    group by node_no, peer_no),
around as (
    select a.*, l.xs, (l.n - 1) * a.q - floor((l.n - 1) * a.q) as part, cast(floor((l.n - 1) * a.q) as bigint) + 1 as place, l.n
    from asked as a
    left join listed as l on l.node_no = a.node_no and l.peer_no = a.peer_no)
select a.group_no, a.node_no, a.is_fallback, a.peer_no, a.parameter,
       case a.statistic
           when 'min' then p.lowest
           when 'max' then p.highest
           when 'mean' then p.lowest + coalesce(p.mean_share, 0.0) * (p.highest - p.lowest)
           when 'sd' then case when p.peers > 1 then coalesce(p.sd_share * sqrt(p.peers / (p.peers - 1.0)), 0.0) * (p.highest - p.lowest) end
           else a.xs[a.place] + a.part * (a.xs[least(a.place + 1, a.n)] - a.xs[a.place]) end as number
from around as a
join leaf_peer as p on p.node_no = a.node_no and p.peer_no = a.peer_no;
