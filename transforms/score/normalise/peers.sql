-- Whom a comparing method compares: number, extremes and, where they are asked for, mean and deviation of the peers' values.
-- mean_share and sd_share are of (x − lowest) / (highest − lowest): exact sums, whatever the size of the values and their order.
-- sd_share is the population's; the sample's is sd_share · sqrt(n / (n − 1)). Both are null where all values are the same.
create or replace temp table leaf_extreme as
select l.node_no, l.peer_no, count(*) as peers, min(l.x) + 0.0 as lowest, max(l.x) + 0.0 as highest
from leaf as l
where l.status = 'ok'
      and (l.node_no in (select node_no from scheme_leaf
                         where method in ('min_max', 'z_score', 'ratio_to_best', 'rank', 'percentile', 'distance'))
           or l.node_no in (select node_no from scheme_peer_parameter))
group by l.node_no, l.peer_no;

create or replace temp table leaf_peer as
with spread as (
    select e.* from leaf_extreme as e
    where not same(e.lowest, e.highest)
          and (e.node_no in (select node_no from scheme_leaf where method = 'z_score')
               or e.node_no in (select node_no from scheme_peer_parameter where statistic in ('mean', 'sd')))),
middle as (
    select s.node_no, s.peer_no, s.peers, s.lowest, s.highest - s.lowest as width,
           exact_sum((l.x - s.lowest) / (s.highest - s.lowest)) / s.peers as mean_share
    from leaf as l
    join spread as s on s.node_no = l.node_no and s.peer_no = l.peer_no
    where l.status = 'ok'
    group by s.node_no, s.peer_no, s.peers, s.lowest, s.highest),
deviation as (
    select m.node_no, m.peer_no, m.mean_share, sqrt(exact_sum(pow((l.x - m.lowest) / m.width - m.mean_share, 2)) / m.peers) as sd_share
    from leaf as l
    join middle as m on m.node_no = l.node_no and m.peer_no = l.peer_no
    where l.status = 'ok'
    group by m.node_no, m.peer_no, m.mean_share, m.peers)
select e.*, d.mean_share, d.sd_share
from leaf_extreme as e
left join deviation as d on d.node_no = e.node_no and d.peer_no = e.peer_no;

-- Places among the peers, from the lowest value up: a tie takes the places first_place to last_place and is the tie_no-th of ties.
-- Ties are values that agree to twelve digits with the next one (macro same): float noise does not tell two subjects apart.
create or replace temp macro leaf_place(wanted) as table (
    with neighbour as (
        select case_no, node_no, peer_no, group_no, is_fallback, method, lower, x,
               lag(x) over (partition by node_no, peer_no order by x) as below
        from leaf
        where status = 'ok' and node_no in (select node_no from scheme_leaf where method = wanted)),
    tied as (
        select case_no, node_no, peer_no, group_no, is_fallback, method, lower,
               cast(sum(case when same(x, below) then 0 else 1 end) over (partition by node_no, peer_no order by x) as int) as tie_no
        from neighbour),
    placed as (
        select case_no, node_no, group_no, is_fallback, method, lower, tie_no, rank() over up as first_place,
               count(*) over (up range between unbounded preceding and current row) as last_place,
               count(*) over (up rows between unbounded preceding and unbounded following) as peers,
               max(tie_no) over (up rows between unbounded preceding and unbounded following) as ties
        from tied
        window up as (partition by node_no, peer_no order by tie_no))
    select * from placed where method = wanted);
