select batch_id, feed, since, until, content_hash, contract, fetched, accepted, quarantined, withheld, new_versions, pulled_at, loaded_at
from ops.batch order by pulled_at, batch_id
