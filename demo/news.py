"""What happens after the county's today: some ratings and findings arrive late, some are revised, some are sent twice."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

FROM = datetime(2026, 1, 20, 18)
KEYS = {"audit": ("issue_no", "'SJ2025-9'", 5), "rating": ("rating_no", "'PJ9'", 9)}
REVISION = {"audit": "verified = 'rejected', status = 'open'", "rating": "fixed = true, revisited = true"}
REVISABLE = {"audit": "verified = 'verified' AND status = 'closed' AND due_on >= '2025-07-01'", "rating": "fixed = false AND handled_at >= '2025-07-01'"}
FRESH = {"audit": "due_on >= '2025-10-01' AND due_on < '2026-01-01'", "rating": "handled_at >= '2025-10-01'"}


def write_news(tables: Path, feed: str, number: int, seed: int) -> tuple[Path, dict[str, int]]:
    """Write the ``number``-th batch of news of a feed beside its table; answers the file and how many rows of each kind.

    Deterministic. A batch has 30 late records (new keys, events of the last quarter), 20 revisions, 5 exact repetitions.
    """
    key, prefix, digits = KEYS[feed]
    file = tables / f"{feed}-news-{number:04}.parquet"
    draft = file.with_suffix(".tmp")
    when = (FROM + timedelta(days=number)).isoformat()
    db = duckdb.connect()
    good = f"{key} NOT IN (SELECT {key} FROM source GROUP BY 1 HAVING count(*) > 1)"
    db.execute(f"CREATE VIEW source AS SELECT * FROM '{tables / feed}.parquet'")

    def chosen(name: str, condition: str, limit: int) -> None:
        db.execute(f"CREATE TABLE {name} AS SELECT * FROM source WHERE {condition} AND {good} AND {_sound(feed)} "
                   f"ORDER BY hash({key}, '{name}', {seed}, {number}) LIMIT {limit}")

    chosen("late", FRESH[feed], 30)
    new_key = f"{prefix} || lpad(({number * 100} + row_number() OVER (ORDER BY {key}))::VARCHAR, {digits}, '0')"
    db.execute(f"CREATE OR REPLACE TABLE late AS SELECT * REPLACE ({new_key} AS {key}, '{when}' AS updated_at) FROM late")
    chosen("revision", REVISABLE[feed], 20)
    db.execute(f"UPDATE revision SET {REVISION[feed]}, updated_at = '{when}'")
    chosen("repetition", "true", 5)
    counts = {name: int(db.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]) for name in ("late", "revision", "repetition")}
    db.execute(f"COPY (FROM late UNION ALL FROM revision UNION ALL FROM repetition) TO '{draft}' (FORMAT parquet)")
    draft.rename(file)
    return file, counts


def _sound(feed: str) -> str:
    """Rows that no trouble was planted in, as far as the columns that matter here go."""
    if feed == "audit":
        return "rectified_on LIKE '20__-__-__' AND rectified_on <> '2024-02-30' AND amount_yuan >= 0 AND due_on > found_on AND category <> '其他' AND responsibility IN ('direct', 'leadership')"
    return "grade BETWEEN 1 AND 5 AND handled_at IS NOT NULL AND rated_at >= handled_at AND rated_at LIKE '20__-__-__T%' AND rated_at NOT LIKE '____-02-30%' AND length(service_code) = 6 AND channel <> '微信'"
