"""A small feed and a way to land batches of it for the tests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from declarations.feed import FeedContract
from declarations.project import fingerprint
from expectations.validate import validate_batch
from warehouse.batch import BatchFiles, Manifest, Verdict

NOW = datetime(2025, 4, 1, 8, 0, tzinfo=UTC)
COLUMNS: list[dict[str, Any]] = [
    {"name": "item_no", "type": "string", "key": True},
    {"name": "org_id", "type": "string", "required": True, "pattern": "[TD][0-9]{2}"},
    {"name": "channel", "type": "string", "codes": {"hall": "大厅", "online": "网上"}},
    {"name": "grade", "type": "integer", "minimum": 1, "maximum": 5},
    {"name": "amount_yuan", "type": "decimal", "minimum": 0, "unit": "yuan"},
    {"name": "verified", "type": "boolean"},
    {"name": "due_on", "type": "date"},
    {"name": "handled_at", "type": "timestamp"},
    {"name": "updated_at", "type": "timestamp"},
]
GOOD = {
    "item_no": "A1",
    "org_id": "T01",
    "channel": "hall",
    "grade": "5",
    "amount_yuan": "12.50",
    "verified": "true",
    "due_on": "2025-03-31",
    "handled_at": "2025-03-01T09:00:00",
    "updated_at": "2025-03-02T09:00:00",
}


def contract(*only: str, **changes: Any) -> FeedContract:
    """The small feed, with keys of the contract changed; ``columns`` may be given as a dict of changed columns.

    ``only`` these columns, beside key and event time: each rule less is some milliseconds of Great Expectations.
    """
    changed = changes.pop("columns", {})
    taken = {"item_no", "due_on", *only} if only else {c["name"] for c in COLUMNS}
    columns = [{"zh": "栏", "meaning": "A column.", **c, **changed.get(c["name"], {})} for c in COLUMNS if c["name"] in taken]
    return FeedContract.model_validate(
        {
            "id": "item",
            "kind": "inspection",
            "title": {"en": "Items", "zh": "事项"},
            "description": "Items of the tests.",
            "owner": {"team": "督查室", "email": "ducha@county.example"},
            "source": {"connector": "files", "connection": "items", "pattern": ["*.csv"]},
            "columns": columns,
            "left_out": {"phone": "identity"},
            "event_time": "due_on",
            "version": "updated_at" if "updated_at" in taken else None,
            "retention": {"years": 4, "reason": "appeals"},
            **changes,
        }
    )


def rows(*changes: dict[str, str | None]) -> list[dict[str, str | None]]:
    """Good rows with keys A1, A2, …, each changed as given."""
    return [{**GOOD, "item_no": f"A{i}", **change} for i, change in enumerate(changes, 1)]


class Bench:
    """A landing and validated folder; batches are landed an hour apart."""

    def __init__(self, folder: Path, feed: str = "item") -> None:
        self.files = BatchFiles(folder / "landing", folder / "validated", feed)
        self.landed = 0

    def land(
        self,
        feed: FeedContract,
        data: Sequence[dict[str, str | None]],
        *,
        seen: Sequence[str] | None = None,
        refused: Sequence[tuple[str, str]] = (),
        since: str | None = None,
        names: Sequence[str] | None = None,
        manifest_rows: int | None = None,
        **said: Any,
    ) -> str:
        """Write a batch as a connector does; returns its id. ``said``: other keys of its manifest."""
        self.landed += 1
        batch_id = f"b{self.landed:03d}"
        folder = self.files.landing / batch_id
        folder.mkdir(parents=True)
        texts = {name: pa.array([row[name] for row in data], pa.string()) for name in names or feed.names}
        pq.write_table(pa.table({"_row": pa.array(range(1, len(data) + 1), pa.int64()), **texts}), folder / "data.parquet")
        spoiled = {
            "_row": pa.array(range(len(data) + 1, len(data) + len(refused) + 1), pa.int64()),
            "position": pa.array([position for position, _ in refused], pa.string()),
            "reason": pa.array([reason for _, reason in refused], pa.string()),
        }
        pq.write_table(pa.table(spoiled), folder / "refused.parquet")
        manifest = Manifest(
            batch_id=batch_id,
            feed=feed.id,
            contract=fingerprint(feed),
            since=since,
            until=None,
            rows=len(data) + len(refused) if manifest_rows is None else manifest_rows,
            refused=len(refused),
            columns_seen=list(seen) if seen is not None else [*(c.source_name for c in feed.columns), "phone"],
            content_hash="c",
            parquet_sha256="p",
            **{"pulled_at": NOW + timedelta(hours=self.landed), **said},
        )
        (folder / "manifest.json").write_text(manifest.model_dump_json())
        return batch_id

    def judge(self, feed: FeedContract, data: Sequence[dict[str, str | None]], **landing: Any) -> Verdict:
        """Land and validate; law 1 is checked on the way."""
        batch_id = self.land(feed, data, **landing)
        verdict = validate_batch(feed, self.files, batch_id, NOW)
        assert verdict.fetched == verdict.accepted + verdict.quarantined
        return verdict

    def accepted(self, verdict: Verdict) -> list[dict[str, Any]]:
        return pq.read_table(self.files.accepted(verdict.batch_id)).to_pylist()

    def quarantine(self, verdict: Verdict) -> list[dict[str, Any]]:
        return pq.read_table(self.files.quarantine(verdict.batch_id)).to_pylist()
