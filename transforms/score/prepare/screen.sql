insert into case_out (case_no, reason)
select case_no, reason
from (
    select c.case_no,
           case when list_contains(cast(getvariable('prepare_leave_out') as varchar[]), c.subject_id) then 'left out by the scheme'
                when list_contains(cast(getvariable('prepare_keep') as varchar[]), c.subject_id) then null
                when coalesce(a.applicable, 0) = 0 then 'no applicable data'
                when a.counted / a.applicable < getvariable('prepare_minimum_available') then
                    format('{} of {} applicable data, less than {:.4g}', a.counted, a.applicable, getvariable('prepare_minimum_available'))
                when a.available > 0 and (a.available - a.zeros) / a.available < getvariable('prepare_minimum_nonzero') then
                    format('{} of {} data are not 0, less than {:.4g}', a.available - a.zeros, a.available, getvariable('prepare_minimum_nonzero'))
           end as reason
    from score_case as c
    left join (select *, available - case when getvariable('prepare_zeros') = 'absent' then zeros else 0 end as counted from availability) as a
      on a.case_no = c.case_no
    where c.case_no not in (select case_no from case_out)
) as s
where reason is not null;
