-- Efficacy coefficient 功效系数法: base + (100 − base) · (x − satisfactory) / (excellent − satisfactory), in [least, most].
-- Ministry of Finance, rules for the performance evaluation of central enterprises (2006), with base 60.
insert into leaf_points
select case_no, node_no, greatest("least", least(most, base + (100 - base) * (x - satisfactory) / (excellent - satisfactory)))
from leaf_parameter
where method = 'efficacy' and not same(excellent, satisfactory);
