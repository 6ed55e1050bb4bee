"""What a change of scheme does to real facts: scores, places and grades side by side, and which parts moved them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from declarations.scheme import Scheme

_SQL = Path(__file__).parent / "scheme_sql"
PARTS = 3


@dataclass(frozen=True)
class Outcome:
    """What a scheme made of some facts: ``result``, ``node`` (leaves of the tree) and ``adjustment`` as tables."""

    scheme: Scheme
    result: pa.Table
    node: pa.Table
    adjustment: pa.Table


@dataclass(frozen=True)
class Comparison:
    """``rows``: period, subject_id, peer_group, score_a, score_b, change, rank_a, rank_b, move, grade_a, grade_b, status_a,
    status_b; the largest change first. ``moved_by``: for (period, subject) the parts that moved the score most, with their change.
    ``tau``: Kendall's tau-b of the orders, None where nobody can be compared."""

    rows: list[dict[str, Any]]
    moved_by: dict[tuple[str, str], list[tuple[str, float]]]
    tau: float | None
    pairs: int

    @property
    def regraded(self) -> list[dict[str, Any]]:
        """Whose suggested grade is another."""
        return [row for row in self.rows if row["grade_a"] != row["grade_b"]]


def outcome_of(connection: duckdb.DuckDBPyConnection, scheme: Scheme, period: str | None = None) -> Outcome:
    """Take the outcome of a scheme out of ``score.*`` of a connection: of one period, or of all."""
    return Outcome(scheme, *(_taken(connection, name, scheme, period) for name in ("result", "node", "adjustment")))


def compare(a: Outcome, b: Outcome) -> Comparison:
    """Put two outcomes over the same facts side by side."""
    with duckdb.connect(config={"threads": 1}) as connection:
        for letter, outcome in (("a", a), ("b", b)):
            for name in ("result", "node", "adjustment"):
                connection.register(f"{name}_{letter}", getattr(outcome, name))
        moved: dict[tuple[str, str], list[tuple[str, float]]] = {}
        for row in _rows(connection, "moved_by", most=PARTS):
            moved.setdefault((row["period"], row["subject_id"]), []).append((row["part"], row["change"]))
        by_group = "group" in (a.scheme.ranking.within, b.scheme.ranking.within) and bool(b.scheme.groups)
        order = _rows(connection, "kendall", by_group=by_group)[0]
        return Comparison(_rows(connection, "compared"), moved, order["tau"], order["pairs"])


def _taken(connection: duckdb.DuckDBPyConnection, name: str, scheme: Scheme, period: str | None) -> pa.Table:
    asked = {"scheme": scheme.id, "period": period}
    return connection.execute((_SQL / f"outcome_{name}.sql").read_text(), asked).to_arrow_table()


def _rows(connection: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    cursor = connection.execute((_SQL / f"{name}.sql").read_text(), parameters or None)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
