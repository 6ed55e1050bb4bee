"""The relations that the scoring reads, made from the warehouse: one SQL file each in transforms/appraisal/."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from declarations.feed import FeedContract
from declarations.period import parse_period
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from transforms.kind_view import ROSTER, create_kind_view, feed_of_kind
from transforms.wide import quoted
from warehouse.rows import insert_rows

_HERE = Path(__file__).parent / "appraisal"


@dataclass(frozen=True)
class Inputs:
    """What a scheme reads for some periods of one grain.

    ``past``: for each period the others whose facts it looks at; ``units``: schemes of units by id, with the class that they
    appraise; ``earlier``: the scheme of each year before that counts.
    """

    scheme: Scheme
    profile: RuleProfile
    periods: list[str]
    indicators: list[str]
    feeds: Mapping[str, FeedContract]
    past: Mapping[str, list[str]]
    units: Mapping[str, str]
    earlier: Mapping[int, str]

    def fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make score_subject, score_fact, score_decision, score_attribute, score_member and score_history.

        Raises Problem for a subject in a group that the scheme does not have.
        """
        self._scope(connection)
        self._variables(connection)
        create_kind_view(connection, self.feeds, "decision")
        self._org_attributes(connection)
        annual = parse_period(self.periods[0]).grain == "year"
        for step in ("last_post", "subjects", "facts", "history", *(["blended"] if annual and self.scheme.blend else []), "decisions",
                     "attributes", "members"):  # fmt: skip
            connection.execute((_HERE / f"{step}.sql").read_text(encoding="utf-8"))
        self._groups_known(connection)

    def _scope(self, connection: duckdb.DuckDBPyConnection) -> None:
        special = self.scheme.blend.special if self.scheme.blend else []
        tables: dict[str, list[list[Any]]] = {
            "score_scope (period varchar)": [[p] for p in self.periods],
            "score_past (period varchar, earlier varchar)": [[p, other] for p in self.periods for other in self.past[p]],
            "read_indicator (indicator varchar)": [[code] for code in self.indicators],
            "score_special (scheme varchar)": [[one.scheme] for one in special],
            "score_unit_scheme (scheme varchar, subject_class varchar)": [list(unit) for unit in self.units.items()],
            "score_earlier (year int, scheme varchar)": [[year, scheme] for year, scheme in self.earlier.items()],
        }
        for table, rows in tables.items():
            connection.execute(f"create or replace temp table {table}")
            insert_rows(connection, table.split(" ")[0], rows)

    def _variables(self, connection: duckdb.DuckDBPyConnection) -> None:
        blend = self.scheme.blend
        values = {
            "scheme": self.scheme.id,
            "subject_class": self.scheme.subject_class,
            "by_group": bool(self.scheme.groups),
            "peers_by_group": self.scheme.peers == "group",
            "has_blend": blend is not None,
            "term_years": blend.term.years if blend and blend.term else 0,
        }
        for name, value in values.items():
            connection.execute(f"set variable {name} = ?", [value])

    def _org_attributes(self, connection: duckdb.DuckDBPyConnection) -> None:
        """``org_attribute``: what the roster says of organisations in columns of its own."""
        roster = feed_of_kind(self.feeds, "roster")
        own = sorted(set(roster.names) - set(ROSTER)) if roster else []
        connection.execute("create or replace temp table org_attribute (org_id varchar, attribute varchar, value varchar)")
        create_kind_view(connection, self.feeds, "roster")
        for column in own:
            connection.execute(
                f"insert into org_attribute select org_id, ?, max(cast({quoted(column)} as varchar)) from roster "
                f"where record_type = 'organisation' and {quoted(column)} is not null group by org_id",
                [column],
            )

    def _groups_known(self, connection: duckdb.DuckDBPyConnection) -> None:
        groups = list(self.scheme.groups)
        row = connection.execute(
            "select subject_id, peer_group from score_subject where not list_contains(?, coalesce(peer_group, '')) order by all limit 1",
            [groups or [""]],
        ).fetchone()
        if row:
            shown = f"in group '{row[1]}', which the scheme does not have" if row[1] else "in no group"
            what = f"{row[0]} is {shown} (it has {', '.join(groups)})."
            raise Problem(f"scheme {self.scheme.id}: groups", what, "add the group to the scheme, or correct the roster.")
