-- points · min(x / target, cap); lower is better: points · min(target / x, cap); not below 0.
-- Higher with a target of 0 or less: the cap where x reaches it, else 0. Lower with x of 0 or less: the cap.
-- Common in Chinese target responsibility systems 目标责任制.
insert into leaf_points
select case_no, node_no,
       points * case when not lower and target > 0 then greatest(0.0, least(x / target, cap))
                     when lower and x > 0 then greatest(0.0, least(target / x, cap))
                     when lower or x >= target then cap
                     else 0.0 end
from leaf_parameter
where method = 'target_completion' and target is not null;
