"""What happens after the county's today: some ratings and findings arrive late, some are revised, some are sent twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

FROM = datetime(2026, 1, 20, 18)
KEYS = {"audit": ("issue_no", "'SJ2025-9'", 5), "rating": ("rating_no", "'PJ9'", 9)}
REVISION = {"audit": "verified = 'rejected', status = 'open'", "rating": "void_reason = 'duplicate'"}
REVISABLE = {
    "audit": "verified = 'verified' AND status = 'closed' AND due_on >= '2025-01-01'",
    "rating": "grade = 5 AND void_reason IS NULL AND handled_at >= '2025-07-01'",
}
FRESH = {"audit": "due_on >= '2025-04-01' AND due_on < '2026-01-01'", "rating": "handled_at >= '2025-10-01'"}


def write_news(tables: Path, feed: str, number: int, seed: int, spoilt: Sequence[str] = ()) -> tuple[Path, dict[str, int]]:
    """Write the ``number``-th batch of news of a feed beside its table; answers the file and how many rows of each kind.

    Deterministic. A batch has 30 late records (new keys, events of 2025), 20 revisions, 5 exact repetitions. Records whose
    keys are in ``spoilt`` are not touched, so that the contract refuses none of the news.
    """
    key, prefix, digits = KEYS[feed]
    file = tables / f"{feed}-news-{number:04}.parquet"
    draft = file.with_suffix(".tmp")
    when = (FROM + timedelta(days=number)).isoformat()
    db = duckdb.connect()
    db.execute("SET VARIABLE spoilt = $1::VARCHAR[]", [list(spoilt)])
    db.execute(f"CREATE VIEW source AS SELECT * FROM '{tables / feed}.parquet' WHERE NOT list_contains(getvariable('spoilt'), {key})")

    def choose(name: str, condition: str, limit: int) -> None:
        order = f"hash({key}, '{name}', {seed}, {number}), {key}"
        db.execute(f"CREATE TABLE {name} AS SELECT * FROM source WHERE {condition} ORDER BY {order} LIMIT {limit}")

    choose("late", FRESH[feed], 30)
    new_key = f"{prefix} || lpad(({number * 100} + row_number() OVER (ORDER BY {key}))::VARCHAR, {digits}, '0')"
    db.execute(f"CREATE OR REPLACE TABLE late AS SELECT * REPLACE ({new_key} AS {key}, '{when}' AS updated_at) FROM late")
    choose("revision", REVISABLE[feed], 20)
    db.execute(f"UPDATE revision SET {REVISION[feed]}, updated_at = '{when}'")
    choose("repetition", "true", 5)
    counts = {name: int(db.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]) for name in ("late", "revision", "repetition")}
    db.execute(f"COPY (FROM late UNION ALL FROM revision UNION ALL FROM repetition) TO '{draft}' (FORMAT parquet)")
    draft.rename(file)
    return file, counts
