"""One scheme over the warehouse: its subjects, what is known of them, the score."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.period import parse_period, quarters_of
from declarations.problem import Problem
from declarations.project import fingerprint
from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from transforms.facts import fact_fingerprint
from transforms.kind_view import create_kind_view, feed_of_kind
from transforms.model_run import combine, fingerprints_by, is_fresh, output_of, record_all
from transforms.scheme_tables import annual_tree
from transforms.scoring import score
from warehouse.rows import insert_rows
from warehouse.store import transaction

_HERE = Path(__file__).parent / "appraisal"


@dataclass(frozen=True)
class Appraised:
    """The periods of a scheme that were scored anew, and those that stood already."""

    scheme: str
    scored: tuple[str, ...]
    fresh: tuple[str, ...]


def appraise_scheme(
    connection: duckdb.DuckDBPyConnection,
    scheme: Scheme,
    profile: RuleProfile,
    indicators: dict[str, Indicator],
    feeds: dict[str, FeedContract],
    periods: list[str],
    roster_fingerprint: str,
) -> Appraised:
    """Score the periods whose inputs changed: quarters together in one pass, then the years that they blend into.

    Facts must be up to date. Raises Problem for a period of another year than the scheme's.
    """
    for period in periods:
        if parse_period(period).year != scheme.year:
            what = f"scheme {scheme.id} is of {scheme.year}; the period is {period}."
            raise Problem("period", what, f"ask for {scheme.year} or a quarter of it, or add a scheme of that year.")
    scored: list[str] = []
    quarters = sorted(p for p in periods if parse_period(p).grain == "quarter")
    years = sorted(p for p in periods if parse_period(p).grain == "year")
    used = {code: indicators[code] for code in sorted(scheme.indicator_codes())}
    for part in (quarters, years):
        declared = combine(fingerprint(scheme), fingerprint(profile), *(fingerprint(i) for i in used.values()), roster_fingerprint)
        inputs = {p: combine(declared, found) for p, found in _inputs(connection, scheme, used, feeds, part).items()}
        stale = [p for p in part if not is_fresh(connection, f"score:{scheme.id}", p, inputs[p])]
        if not stale:
            continue
        with transaction(connection):
            _gather(connection, scheme, used, feeds, stale)
            score(connection, scheme, profile, used, annual_tree(scheme) if part is years else scheme.tree)
            _record_scores(connection, scheme.id, inputs, stale)
        scored += stale
    return Appraised(scheme.id, tuple(scored), tuple(sorted(set(periods) - set(scored))))


def score_fingerprint(connection: duckdb.DuckDBPyConnection, scheme: str, period: str) -> str:
    """A hash of everything kept about a scheme's period; the order of rows and threads does not enter."""
    return output_of(connection, f"score:{scheme}", period)


def _record_scores(connection: duckdb.DuckDBPyConnection, scheme: str, inputs: dict[str, str], periods: list[str]) -> None:
    tables = [
        fingerprints_by(
            connection,
            f"select *, period as fingerprint_key from score.{table} where scheme = ? and list_contains(?, period)",
            [scheme, periods],
        )
        for table in ("node", "adjustment", "result")
    ]
    runs = {period: (inputs[period], combine(*(found.get(period, "") for found in tables))) for period in periods}
    record_all(connection, f"score:{scheme}", runs)


def _inputs(
    connection: duckdb.DuckDBPyConnection, scheme: Scheme, used: dict[str, Indicator], feeds: dict[str, FeedContract], periods: list[str]
) -> dict[str, str]:
    """For each period a fingerprint of all that its scores hang on, but for declarations and roster."""
    heard = fingerprints_by(
        connection,
        "select w.feed, p.ends_on > coalesce(w.heard_until, date '0001-01-01') as down, p.period as fingerprint_key "
        "from dim.feed_state as w cross join dim.period as p where list_contains(?, p.period)",
        [periods],
    )
    decision, decided = feed_of_kind(feeds, "decision"), {}
    if decision is not None:
        decided = fingerprints_by(
            connection,
            f'select d.record_id, d.row_hash, p.period as fingerprint_key from staging."{decision.id}_current" as d '
            "join dim.period as p on d.decided_on >= p.starts_on and d.decided_on < p.ends_on where list_contains(?, p.period)",
            [periods],
        )
    read = sorted({i.feed for i in used.values()})
    found = {}
    for period in periods:
        parts = [fact_fingerprint(connection, feed, period) for feed in read]
        if parse_period(period).grain == "year":
            parts += [output_of(connection, f"score:{scheme.id}", q.key) for q in quarters_of(scheme.year)]
        found[period] = combine(*parts, heard.get(period, ""), decided.get(period, ""))
    return found


def _gather(
    connection: duckdb.DuckDBPyConnection, scheme: Scheme, used: dict[str, Indicator], feeds: dict[str, FeedContract], periods: list[str]
) -> None:
    """Make score_subject, score_fact and score_decision for the scheme's periods."""
    connection.execute((_HERE.parent / "score" / "create.sql").read_text())
    connection.execute("create or replace temp table score_scope (period varchar)")
    insert_rows(connection, "score_scope", [[p] for p in periods])
    connection.execute("create or replace temp table scheme_indicator (indicator varchar)")
    insert_rows(connection, "scheme_indicator", [[code] for code in used])
    for name, value in {
        "scheme": scheme.id,
        "subject_class": scheme.subject_class,
        "by_group": bool(scheme.groups),
        "peers_by_group": scheme.peers == "group",
        "has_blend": scheme.blend is not None,
    }.items():
        connection.execute(f"set variable {name} = ?", [value])
    create_kind_view(connection, feeds, "decision")
    for step in ("subjects", "facts", "decisions"):
        connection.execute((_HERE / f"{step}.sql").read_text())
    _groups_known(connection, scheme)


def _groups_known(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> None:
    row = connection.execute(
        "select subject_id, peer_group from score_subject where not list_contains(?, peer_group) order by all limit 1",
        [list(scheme.groups) or [""]],
    ).fetchone()
    if row:
        what = f"{row[0]} is in group '{row[1]}', which the scheme does not have (it has {', '.join(scheme.groups)})."
        raise Problem(f"scheme {scheme.id}: groups", what, "add the group to the scheme, or correct the roster.")
