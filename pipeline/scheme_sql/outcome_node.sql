-- Contributions of the leaves of one scheme's tree.
select period, subject_id, node, contribution from score.node
where scheme = $scheme and ($period is null or period = $period) and not side
  and node not in (select parent from score.node where scheme = $scheme and parent is not null)
order by period, subject_id, node
