select f.feed, f.kind, f.title_en, f.title_zh, f.owner, f.key_columns, f.version_column, f.organisation_column, f.cadre_column,
       s.last_heard_on, s.heard_until
from published_feed as f left join dim.feed_state as s on s.feed = f.feed order by f.feed
