"""What the score of one subject would be if one of its values were another: asked of the engine itself, many cases at once.

Each case is a world of its own: a copy of the period under another name, so that peers are compared within their world. Where
nothing in a scheme hangs on peers, a world holds the subject alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from declarations.indicator import Indicator
from declarations.rules import RuleProfile
from declarations.scheme import COMPARING, FromPeers, Node, Scheme, method_of
from declarations.scheme.adjust import WorstQuantile
from declarations.scheme.grade import Ranking
from declarations.scheme.prepare import BoxCox, Impute, Log, Previous, Winsorise
from transforms.scheme_tables import SchemeTables
from transforms.scoring import score
from warehouse.rows import insert_rows

READ = ("score_subject", "score_fact", "score_decision", "score_attribute", "score_member", "score_history")
CELLS_AT_ONCE = 3_000_000
LAST_YEAR = 9999
_WORLD = """case when getvariable('world_years') is null then printf('%05d', w.world_no) || '#' || period
                 else (cast(left(period, 4) as int) + (w.world_no + 1) * getvariable('world_years'))::varchar || substr(period, 5) end"""


@dataclass(frozen=True)
class World:
    """One change: the subject's value of an indicator."""

    indicator: str
    value: float


@dataclass(frozen=True)
class Scenario:
    """A scheme with all that its scoring reads, in a connection of its own, and the subject that is asked about.

    The tables ``base_…`` hold what the scoring reads of the period; ``score.*`` and the other temp tables are of the last run.
    """

    connection: duckdb.DuckDBPyConnection
    scheme: Scheme
    profile: RuleProfile
    indicators: Mapping[str, Indicator]
    tree: list[Node]
    subject: str
    period: str

    @classmethod
    def copied(
        cls,
        source: duckdb.DuckDBPyConnection,
        scheme: Scheme,
        profile: RuleProfile,
        indicators: Mapping[str, Indicator],
        tree: list[Node],
        subject: str,
        period: str,
    ) -> "Scenario":
        """A scenario over a copy of the relations ``score_…`` of a connection, which stays as it is."""
        connection = duckdb.connect(":memory:")
        there = {
            row[0] for row in source.execute("select table_name from duckdb_tables() union select view_name from duckdb_views()").fetchall()
        }
        for table in READ:
            if table in there:
                rows = source.execute(f"from {table}").to_arrow_table()
                connection.register("copied", rows)
                connection.execute(f"create table base_{table} as from copied")
                connection.unregister("copied")
        connection.execute("delete from base_score_subject where period <> ?", [period])
        connection.execute("delete from base_score_fact where subject_id not in (select subject_id from base_score_subject)")
        return cls(connection, scheme, profile, indicators, tree, subject, period)

    def as_it_is(self) -> None:
        """Score the period as it is, grades and all; the outcome stands in ``score.*``."""
        for table in self._tables():
            self.connection.execute(f"create or replace temp table {table} as from base_{table}")
        self._score(self.scheme, self.profile)

    def scores(self, worlds: list[World]) -> list[float | None]:
        """The subject's score in each world; None where it has none."""
        found: list[float | None] = []
        size = self._worlds_at_once()
        for start in range(0, len(worlds), size):
            found += self._scored(worlds[start : start + size])
        return found

    def row(self, query: str, *more: Any) -> dict[str, Any]:
        """The first row of a query whose first parameter is the subject; empty where there is none."""
        cursor = self.connection.execute(query, [self.subject, *more])
        names = [column[0] for column in cursor.description or []]
        row = cursor.fetchone()
        return dict(zip(names, row, strict=True)) if row else {}

    def one(self, query: str, *more: Any) -> Any:
        """The first value of ``row``; None where there is none."""
        return next(iter(self.row(query, *more).values()), None)

    def _scored(self, worlds: list[World]) -> list[float | None]:
        connection = self.connection
        connection.execute("create or replace temp table world (world_no int, indicator varchar, changed double)")
        insert_rows(connection, "world", [[n, world.indicator, world.value] for n, world in enumerate(worlds)])
        connection.execute("set variable world_years = ?", [self._years_apart()])
        alone = "" if needs_peers(self.scheme, self.tree) else f"where subject_id = {_text(self.subject)}"
        for table in self._tables():
            connection.execute(
                f"create or replace temp table {table} as select * exclude (world_no) replace ({_WORLD} as period) "
                f"from base_{table} cross join (select world_no from world) as w {alone}"
            )
        self._change()
        self._score(*self._bare())
        rows = connection.execute(
            f"select w.world_no, r.score from world as w join (select ? as period) as p on true left join score.result as r "
            f"on r.subject_id = ? and r.period = {_WORLD.replace('period', 'p.period')} order by w.world_no",
            [self.period, self.subject],
        ).fetchall()
        return [score for _, score in rows]

    def _change(self) -> None:
        """Put each world's value in the place of what the subject has, or has not; a number of cases no longer matters."""
        connection, key = self.connection, [self.period, self.subject]
        connection.execute(
            f"create or replace temp table changed as select {_WORLD.replace('period', 'p.period')} as period, w.indicator, w.changed "
            "from world as w cross join (select ? as period) as p",
            key[:1],
        )
        connection.execute(
            "delete from score_fact using changed as c where c.period = score_fact.period and c.indicator = score_fact.indicator "
            "and score_fact.subject_id = ?",
            key[1:],
        )
        connection.execute(
            "insert into score_fact (period, subject_id, indicator, value, status) select period, ?, indicator, changed, 'ok' from changed",
            key[1:],
        )

    def _score(self, scheme: Scheme, profile: RuleProfile) -> None:
        self.connection.execute("drop schema if exists score cascade")
        score(self.connection, scheme, profile, dict(self.indicators), self.tree)

    def _bare(self) -> tuple[Scheme, RuleProfile]:
        """The scheme and its rules without what comes after the score."""
        nothing: dict[str, Any] = {"grades": [], "vetoes": [], "ties": [], "screens": [], "ranking": Ranking()}
        return self.scheme.model_copy(update=nothing), self.profile.model_copy(update={"ceilings": [], "consequences": []})

    def _tables(self) -> list[str]:
        found = self.connection.execute("select table_name from duckdb_tables() where starts_with(table_name, 'base_')").fetchall()
        return sorted(row[0].removeprefix("base_") for row in found)

    def _years_apart(self) -> int | None:
        """By how many years a world is moved, so that no world reaches into another; None where periods are no years or quarters."""
        row = self.connection.execute(
            "select bool_and(regexp_full_match(period, '\\d{4}(-Q[1-4])?')), max(left(period, 4)), min(left(period, 4)) "
            "from base_score_fact"
        ).fetchone()
        return int(row[1]) - int(row[2]) + 1 if row and row[0] else None

    def _worlds_at_once(self) -> int:
        people = self.connection.execute("select count(*) from base_score_subject").fetchone()
        cells = (people[0] if people and needs_peers(self.scheme, self.tree) else 1) * max(1, self._read_count())
        most = max(1, CELLS_AT_ONCE // cells)
        years = self._years_apart()
        if years is not None:
            return min(most, (LAST_YEAR - int(self.period[:4])) // years - 1)
        return 1 if any(isinstance(step, Previous | Impute) for step in self.scheme.prepare) else min(most, 99_999)

    def _read_count(self) -> int:
        return len(SchemeTables(self.scheme, dict(self.indicators), self.tree, 1).numbers)


def needs_peers(scheme: Scheme, tree: list[Node]) -> bool:
    """Whether a subject's score hangs on anybody else's values."""
    nodes = [node for top in (*tree, *scheme.side) for node in top.walk()]
    methods = [method for node in nodes for method in (node.normalise, *node.normalise_by_group.values()) if method is not None]
    compared = any(method.method in COMPARING or _names_peers(method) for method in methods)
    outranked = any(method_of(node.aggregate) == "copeland" for node in nodes) or method_of(scheme.aggregate) == "copeland"
    stands_in = "peer_mean" in [*scheme.missing.values(), *(rule for node in nodes for rule in node.missing.values())]
    treated = any(
        isinstance(step, Winsorise)
        or (isinstance(step, Impute) and step.method in ("mean", "median"))
        or (isinstance(step, Log | BoxCox) and step.base == "minimum")
        for step in scheme.prepare
    )
    return compared or outranked or stands_in or treated or any(isinstance(a, WorstQuantile) for a in scheme.adjustments)


def _names_peers(method: Any) -> bool:
    parts = [getattr(method, name) for name in type(method).model_fields]
    corners = [corner.at for corner in getattr(method, "corners", [])]
    return any(isinstance(part, FromPeers) for part in (*parts, *corners, *(getattr(method, "parameters", None) or {}).values()))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
