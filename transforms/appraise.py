"""One scheme over the warehouse: its subjects, what is known of them, the score."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.period import parse_period
from declarations.problem import Problem
from declarations.project import fingerprint
from declarations.rules import RuleProfile
from declarations.scheme import Scheme, indicators_read
from declarations.scheme.prepare import Impute, Previous
from transforms.appraisal_inputs import Inputs
from transforms.appraisal_plan import earlier_schemes, items_read, reach_of, unit_schemes
from transforms.facts import fact_fingerprint
from transforms.kind_view import feed_of_kind
from transforms.model_run import combine, fingerprints_by, is_fresh, output_of, record, record_all
from transforms.scheme_tables import annual_tree
from transforms.scoring import score
from warehouse.store import transaction

_SCORE = Path(__file__).parent / "score"
KEPT = ("node", "adjustment", "result", "consequence", "review")
"""The tables of the schema ``score`` that make up what is kept of an appraisal."""


@dataclass(frozen=True)
class Appraised:
    """The periods of a scheme that were scored anew, and those that stood already."""

    scheme: str
    scored: tuple[str, ...]
    fresh: tuple[str, ...]


@dataclass(frozen=True)
class Declared:
    """All declarations of a project that an appraisal may read."""

    schemes: Mapping[str, Scheme]
    rules: Mapping[str, RuleProfile]
    indicators: Mapping[str, Indicator]
    feeds: Mapping[str, FeedContract]

    def profile(self, scheme: Scheme) -> RuleProfile:
        return self.rules[scheme.rule_profile or ""]

    def used(self, scheme: Scheme) -> dict[str, Indicator]:
        """The indicators that the scheme reads."""
        return {code: self.indicators[code] for code in sorted(indicators_read(scheme)) if code in self.indicators}


def appraise_scheme(
    connection: duckdb.DuckDBPyConnection, declared: Declared, scheme: Scheme, periods: list[str], roster_fingerprint: str
) -> Appraised:
    """Score the periods whose inputs changed: quarters together in one pass, then the years that they blend into.

    A scheme that looks at other periods is scored one period at a time, so that it sees the same of them whichever are asked for.
    Facts, and the results that the scheme reads of others, must be up to date. Raises Problem for a period of another year.
    """
    for period in periods:
        if parse_period(period).year != scheme.year:
            what = f"scheme {scheme.id} is of {scheme.year}; the period is {period}."
            raise Problem("period", what, f"ask for {scheme.year} or a quarter of it, or add a scheme of that year.")
    scored: list[str] = []
    for part in ([p for p in sorted(periods) if parse_period(p).grain == grain] for grain in ("quarter", "year")):
        inputs = _inputs(connection, declared, scheme, part, roster_fingerprint)
        stale = [p for p in part if not is_fresh(connection, f"score:{scheme.id}", p, inputs[p])]
        for batch in [[p] for p in stale] if _over_time(scheme) else [stale] if stale else []:
            with transaction(connection):
                gather(connection, declared, scheme, batch)
                score(connection, scheme, declared.profile(scheme), declared.used(scheme), tree_of(scheme, batch[0]))
                _record_scores(connection, scheme.id, inputs, batch)
        scored += stale
    return Appraised(scheme.id, tuple(scored), tuple(sorted(set(periods) - set(scored))))


def tree_of(scheme: Scheme, period: str) -> list:  # type: ignore[type-arg]
    """The tree that a period is scored by."""
    return annual_tree(scheme) if parse_period(period).grain == "year" else scheme.tree


def gather(connection: duckdb.DuckDBPyConnection, declared: Declared, scheme: Scheme, periods: list[str]) -> None:
    """Make the relations that the scoring reads (transforms/scoring.py), for periods of one grain."""
    Inputs(
        scheme,
        declared.profile(scheme),
        periods,
        list(declared.used(scheme)),
        declared.feeds,
        {p: reach_of(scheme).periods(p) for p in periods},
        {s: declared.schemes[s].subject_class for s in unit_schemes(scheme, declared.profile(scheme), declared.schemes)},
        earlier_schemes(scheme, declared.profile(scheme), declared.schemes),
    ).fill(connection)


def create_score_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that the scoring keeps. Those of an older form are dropped: scores are computed from facts again."""
    files = sorted(_SCORE.rglob("create.sql"))
    wanted = combine(*(file.read_text(encoding="utf-8") for file in files))
    if is_fresh(connection, "score_tables", "all", wanted):
        return
    with transaction(connection):
        connection.execute("drop schema if exists score cascade; create schema score")
        connection.execute("delete from ops.model_run where starts_with(model, 'score:')")
        for file in files:
            connection.execute(file.read_text(encoding="utf-8"))
        record(connection, "score_tables", "all", wanted, wanted)


def score_fingerprint(connection: duckdb.DuckDBPyConnection, scheme: str, period: str) -> str:
    """A hash of everything kept about a scheme's period; the order of rows and threads does not enter."""
    return output_of(connection, f"score:{scheme}", period)


def _over_time(scheme: Scheme) -> bool:
    return any(
        isinstance(step, Previous) or (isinstance(step, Impute) and step.method in ("carry", "interpolate")) for step in scheme.prepare
    )


def _record_scores(connection: duckdb.DuckDBPyConnection, scheme: str, inputs: dict[str, str], periods: list[str]) -> None:
    tables = [
        fingerprints_by(
            connection,
            f"select *, period as fingerprint_key from score.{table} where scheme = ? and list_contains(?, period)",
            [scheme, periods],
        )
        for table in KEPT
    ]
    runs = {period: (inputs[period], combine(*(found.get(period, "") for found in tables))) for period in periods}
    record_all(connection, f"score:{scheme}", runs)


def _inputs(
    connection: duckdb.DuckDBPyConnection, declared: Declared, scheme: Scheme, periods: list[str], roster_fingerprint: str
) -> dict[str, str]:
    """For each period a fingerprint of all that its scores hang on."""
    used = declared.used(scheme)
    said = combine(fingerprint(scheme), fingerprint(declared.profile(scheme)), *(fingerprint(i) for i in used.values()), roster_fingerprint)
    looked = {period: [*reach_of(scheme).periods(period), period] for period in periods}
    heard = fingerprints_by(
        connection,
        "select w.feed, p.ends_on > coalesce(w.heard_until, date '0001-01-01') as down, p.period as fingerprint_key "
        "from dim.feed_state as w cross join dim.period as p where list_contains(?, p.period)",
        [sorted({p for every in looked.values() for p in every})],
    )
    decided = _decisions(connection, declared.feeds, periods)
    feeds = sorted({i.feed for i in used.values()})
    found = {}
    for period in periods:
        parts = [fact_fingerprint(connection, feed, p) for p in looked[period] for feed in feeds]
        parts += [heard.get(p, "") for p in looked[period]]
        read = sorted(items_read((scheme.id, period), declared.schemes, declared.rules))
        parts += [output_of(connection, f"score:{other}", p) for other, p in read]
        found[period] = combine(said, *parts, decided.get(period, ""))
    return found


def _decisions(connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, FeedContract], periods: list[str]) -> dict[str, str]:
    """For each period a fingerprint of the decisions of its days."""
    decision = feed_of_kind(feeds, "decision")
    if decision is None:
        return {}
    return fingerprints_by(
        connection,
        f'select d.record_id, d.row_hash, p.period as fingerprint_key from staging."{decision.id}_current" as d '
        "join dim.period as p on d.decided_on >= p.starts_on and d.decided_on < p.ends_on where list_contains(?, p.period)",
        [periods],
    )
