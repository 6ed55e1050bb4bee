-- As after.sql, where some node's points are compared with the peers'. Formulas: declarations/scheme/after.py.
-- Mean and deviation are taken of (x − lowest) / (highest − lowest): exact sums, whatever the size of the points and their order.
create or replace temp table after_output as
with one as (
    select t.case_no, t.node_no, t.normalised as x, s.how, s.b = 1 as of_all, c.period, case when s.a = 0 then c.ranking_group else '' end as peers
    from after_input as t
    join scheme_after as s
      on s.group_no = t.group_no and s.node_no = t.node_no and s.ordinal = getvariable('after_ordinal') and s.op = 'compare'
    join score_case as c on c.case_no = t.case_no
    where t.normalised is not null),
stepped as (
    select *, case when same(x, lag(x) over peer) then 0 else 1 end as is_new from one window peer as (partition by node_no, period, peers order by x)),
tied as (
    select *, sum(is_new) over (partition by node_no, period, peers order by x range unbounded preceding) as tie_no,
           min(x) over peer as lowest, max(x) over peer as highest, count(*) over peer as n
    from stepped window peer as (partition by node_no, period, peers)),
placed as (
    select *, rank() over up as first_place, count(*) over (up range unbounded preceding) as last_place,
           case when not same(lowest, highest) then (x - lowest) / (highest - lowest) end as portion
    from tied window up as (partition by node_no, period, peers order by tie_no)),
middle as (
    select node_no, period, peers, exact_sum(portion) / count(*) as mean from placed group by node_no, period, peers),
spread as (
    select p.node_no, p.period, p.peers, m.mean,
           sqrt(exact_sum(pow(p.portion - m.mean, 2)) / case when p.of_all then p.n else nullif(p.n - 1.0, 0) end) as sd
    from placed as p join middle as m on m.node_no = p.node_no and m.period = p.period and m.peers = p.peers
    group by p.node_no, p.period, p.peers, p.of_all, p.n, m.mean),
compared as (
    select p.case_no, p.node_no,
           case p.how when 'z_score' then coalesce((p.portion - d.mean) / d.sd, 0.0)
                      when 'min_max' then coalesce(p.portion, 1.0)
                      when 'rank' then p.n - p.last_place + 1.0
                      else coalesce(((p.first_place + p.last_place) / 2.0 - 1) / nullif(p.n - 1, 0), 0.5) end as points
    from placed as p join spread as d on d.node_no = p.node_no and d.period = p.period and d.peers = p.peers)
select t.* exclude (normalised),
       case when s.op = 'compare' then p.points else after_step(t.normalised, s.op, s.a, s.b, s.how) end as normalised
from after_input as t
left join scheme_after as s
  on s.group_no = t.group_no and s.node_no = t.node_no and s.ordinal = getvariable('after_ordinal')
left join compared as p on p.case_no = t.case_no and p.node_no = t.node_no;
