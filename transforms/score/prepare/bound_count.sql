-- The next value after so many at each end; nothing is bounded where fewer values remain than one.
create or replace temp table bound as
select indicator_no, peer_no, min(value) filter (up > getvariable('prepare_low')) as low,
       max(value) filter (down > getvariable('prepare_high')) as high
from (select indicator_no, peer_no, value,
             row_number() over (partition by indicator_no, peer_no order by value) as up,
             row_number() over (partition by indicator_no, peer_no order by value desc) as down,
             count(*) over (partition by indicator_no, peer_no) as n
      from sample) as s
where n > getvariable('prepare_low') + getvariable('prepare_high')
group by indicator_no, peer_no;
