"""Dimensions: periods, indicators, feeds' state, and the roster's organisations, cadres, posts, portfolios."""

from pathlib import Path

import duckdb

from declarations.base import to_timedelta
from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.period import parse_period, quarters_of
from declarations.problem import Problem
from declarations.rules import RoleWeights
from transforms.kind_view import create_kind_view, feed_of_kind
from transforms.model_run import combine, is_fresh, record, relation_fingerprint
from warehouse.removals import heard_on
from warehouse.rows import insert_rows
from warehouse.store import transaction

_HERE = Path(__file__).parent / "dim"


def build_dimensions(
    connection: duckdb.DuckDBPyConnection,
    feeds: dict[str, FeedContract],
    indicators: dict[str, Indicator],
    years: list[int],
    roles: RoleWeights,
) -> str:
    """Rebuild what changed; returns the fingerprint of the roster's dimensions. Raises Problem on overlapping tenures."""
    with transaction(connection):
        _periods(connection, years)
        _indicators(connection, indicators)
        _feed_state(connection, feeds)
    roster = feed_of_kind(feeds, "roster")
    staged = relation_fingerprint(connection, f'select record_id, row_hash from staging."{roster.id}_current"') if roster else ""
    domains = sorted({i.attribution.domain for i in indicators.values() if i.attribution})
    wanted = combine(staged, roles.model_dump_json(), *domains)
    if not is_fresh(connection, "dim", "all", wanted):
        with transaction(connection):
            _roster(connection, feeds, roles)
            record(connection, "dim", "all", wanted, wanted)
    return wanted


def _periods(connection: duckdb.DuckDBPyConnection, years: list[int]) -> None:
    connection.execute("create or replace table dim.period (period varchar, grain varchar, year int, starts_on date, ends_on date)")
    every = [p for year in years for p in (*quarters_of(year), parse_period(str(year)))]
    insert_rows(connection, "dim.period", [[p.key, p.grain, p.year, p.start, p.end] for p in every])


def _indicators(connection: duckdb.DuckDBPyConnection, indicators: dict[str, Indicator]) -> None:
    connection.execute(
        "create or replace table dim.indicator (indicator varchar, title_en varchar, title_zh varchar, meaning varchar, "
        "feed varchar, kind varchar, unit varchar, direction varchar, subject varchar, minimum_n bigint, has_interval boolean, "
        "trim_lowest double, trim_highest double, when_none varchar, "
        "domain varchar, attributed_by varchar, share_rule varchar, dimension varchar, formula varchar, "
        "where_sql varchar, numerator_sql varchar, denominator_sql varchar, decisive_date varchar)"
    )
    insert_rows(
        connection,
        "dim.indicator",
        [
            [
                i.code, i.title.en, i.title.zh, i.meaning, i.feed, i.kind, i.unit, i.direction, i.subject, i.minimum_n,
                i.interval is not None, i.trim and i.trim.lowest, i.trim and i.trim.highest, i.when_none,
                i.attribution and i.attribution.domain, i.attribution and i.attribution.by,
                i.attribution and i.attribution.share, i.dimension, formula(i), i.where, i.numerator, i.denominator, i.decisive_date,
            ]
            for i in indicators.values()
        ],
    )  # fmt: skip


def formula(indicator: Indicator) -> str:
    """The indicator's formula in one line, for people."""
    parts = {
        "rate": f"sum({indicator.numerator}) / sum({indicator.denominator})",
        "mean": f"mean({indicator.numerator})",
        "duration": f"mean({indicator.numerator})",
        "amount": f"sum({indicator.numerator})",
        "value": indicator.numerator,
    }
    trim = f", the lowest {indicator.trim.lowest:g} and highest {indicator.trim.highest:g} left out" if indicator.trim else ""
    condition = f" where {indicator.where}" if indicator.where else ""
    return f"{parts[indicator.kind]}{trim}{condition}, by {indicator.decisive_date}"


def _feed_state(connection: duckdb.DuckDBPyConnection, feeds: dict[str, FeedContract]) -> None:
    """How far each feed has been heard: a period that ends after ``heard_until`` is not known from it."""
    connection.execute("create or replace table dim.feed_state (feed varchar, last_heard_on date, heard_until date)")
    for feed in feeds.values():
        heard = heard_on(connection, feed)
        until = heard + to_timedelta(feed.cadence.deadline) if heard else None
        connection.execute("insert into dim.feed_state values (?, ?, ?)", [feed.id, heard, until])


def _roster(connection: duckdb.DuckDBPyConnection, feeds: dict[str, FeedContract], roles: RoleWeights) -> None:
    create_kind_view(connection, feeds, "roster")
    connection.execute("create or replace temp table role_parameter (chief_weight double, deputy_weight double)")
    connection.execute("insert into role_parameter values (?, ?)", [roles.chief, roles.deputy])
    connection.execute((_HERE / "roster.sql").read_text())
    clash = connection.execute((_HERE / "overlaps.sql").read_text()).fetchone()
    if clash:
        org, post, cadre, other, first, second, a_from, a_to, b_from, b_to = clash
        what = (
            f"post '{post}' of {org} is held twice: {cadre} from {a_from} to {a_to} (record {first}) and "
            f"{other} from {b_from} to {b_to} (record {second})."
        )
        raise Problem("roster: post tenures", what, "end the earlier tenure in the roster's source, then pull the feed again.")
