select feed, batch_id, rule, column_name, count(*) as refused_rows, min(reason) as example_reason
from ops.quarantine group by feed, batch_id, rule, column_name order by feed, batch_id, rule, column_name
