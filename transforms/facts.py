"""Facts: one scan a feed for the quarters that changed, rolled up to periods, attributed to cadres."""

from pathlib import Path

import duckdb

from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.period import parse_period
from declarations.problem import Problem
from declarations.project import fingerprint
from transforms.fact_scan import EXACT, held_by_date, scan
from transforms.model_run import combine, fingerprints_by, is_fresh, output_of, record_all
from warehouse.error_words import first_line
from warehouse.removals import frozen_before
from warehouse.rows import insert_rows
from warehouse.store import transaction

_HERE = Path(__file__).parent / "fact"


def create_fact_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The parts of facts by quarter, how often each value stands in a trimmed mean, and who answers for which fact."""
    connection.execute(
        f"""create table if not exists fact.part (
            indicator varchar, feed varchar, subject_kind varchar, subject_id varchar, quarter varchar,
            numerator decimal(38, 8), denominator decimal(38, 8), n bigint, row_count bigint);
        create table if not exists fact.tally (
            indicator varchar, feed varchar, subject_kind varchar, subject_id varchar, quarter varchar,
            stated decimal(28, 8), times bigint);
        create table if not exists fact.attribution (
            indicator varchar, feed varchar, cadre_id varchar, org_id varchar, period varchar, role varchar, days bigint,
            window_days bigint, share_rule varchar, raw_weight double, share_weight double,
            org_value double, org_n bigint, org_status varchar);
        -- {EXACT} in the scan widens to 38 digits in a sum
        """
    )


def build_facts(
    connection: duckdb.DuckDBPyConnection,
    contract: FeedContract,
    indicators: list[Indicator],
    quarters: list[str],
    roster_fingerprint: str,
) -> list[str]:
    """Bring the feed's facts of the given quarters (and their years) up to date; returns the quarters computed.

    A quarter is computed again where a load changed it since, a declaration changed, or the roster did; not where rows behind it were
    removed under retention: its facts stay as they are.
    """
    frozen = frozen_before(connection, [contract.id])
    quarters = [q for q in quarters if parse_period(q).end > frozen]
    declared = combine(*(fingerprint(i) for i in indicators), fingerprint(contract))
    model = f"facts:{contract.id}"
    inputs = {q: combine(declared, _last_change(connection, contract.id, q), roster_fingerprint) for q in quarters}
    stale = [q for q in quarters if not is_fresh(connection, model, q, inputs[q])]
    if not stale or not indicators:
        return []
    with transaction(connection):
        _scope(connection, stale)
        connection.execute("set variable fact_feed = ?", [contract.id])
        _scan_parts(connection, contract, indicators)
        connection.execute((_HERE / "rollup.sql").read_text())
        _replace(connection, contract)
        connection.execute((_HERE / "attribute.sql").read_text())
        _replace_attribution(connection, contract)
        record_all(connection, model, {quarter: (inputs[quarter], inputs[quarter]) for quarter in stale})
        _record_values(connection, contract.id)
    return stale


def fact_fingerprint(connection: duckdb.DuckDBPyConnection, feed: str, period: str) -> str:
    """The fingerprint of a feed's facts of a period as last computed."""
    return output_of(connection, f"fact_values:{feed}", period)


def _record_values(connection: duckdb.DuckDBPyConnection, feed: str) -> None:
    """Remember a fingerprint of the facts of each period in scope, by which scores know that they changed."""
    tables = [
        fingerprints_by(
            connection,
            f"select *, period as fingerprint_key from fact.{table} where feed = ? and period in (select period from fact_scope_period)",
            [feed],
        )
        for table in ("indicator_org", "indicator_cadre")
    ]
    periods = [row[0] for row in connection.execute("select distinct period from fact_scope_period").fetchall()]
    values = {period: ("", combine(*(found.get(period, "") for found in tables))) for period in periods}
    record_all(connection, f"fact_values:{feed}", values)


def _last_change(connection: duckdb.DuckDBPyConnection, feed: str, quarter: str) -> str:
    row = connection.execute("select max(number) from ops.change where feed = ? and period = ?", [feed, quarter]).fetchone()
    return str(row[0]) if row else ""


def _scope(connection: duckdb.DuckDBPyConnection, quarters: list[str]) -> None:
    """``fact_scope``: the quarters to scan; ``fact_scope_period``: which quarters make up each period to roll up."""
    years = sorted({parse_period(q).year for q in quarters})
    rows = [[q, q, q] for q in quarters]
    rows += [[str(year), f"{year}-Q{n}", f"{year}-Q4"] for year in years for n in (1, 2, 3, 4)]
    connection.execute("create or replace temp table fact_scope (quarter varchar)")
    insert_rows(connection, "fact_scope", [[q] for q in quarters])
    connection.execute("create or replace temp table fact_scope_period (period varchar, quarter varchar, last_quarter varchar)")
    insert_rows(connection, "fact_scope_period", rows)


def _scan_parts(connection: duckdb.DuckDBPyConnection, contract: FeedContract, indicators: list[Indicator]) -> None:
    for table in ("part", "tally"):
        connection.execute(f"delete from fact.{table} where feed = ? and quarter in (select quarter from fact_scope)", [contract.id])
    _keep_parts(connection, contract, indicators, by_holder=False)
    held = held_by_date(indicators)
    if held:
        _keep_parts(connection, contract, held, by_holder=True)


def _keep_parts(connection: duckdb.DuckDBPyConnection, contract: FeedContract, indicators: list[Indicator], by_holder: bool) -> None:
    try:
        connection.execute(f"create or replace temp table wide as {scan(contract, indicators, by_holder)}")
    except (duckdb.BinderException, duckdb.ConversionException) as error:
        personal = any(column.personal != "none" for column in contract.columns)
        what = f"an indicator's expression cannot be computed: {first_line(error, personal)}."
        raise Problem(f"feed {contract.id}", what, "look at its indicators in indicators/ and correct the types.") from None
    columns = ("num", "den", "n", "rows")
    picks = ", ".join(
        "case s.k " + " ".join(f"when {k} then w.{column}_{k}" for k in range(len(indicators))) + f" end as {column}" for column in columns
    )
    _list_scanned(connection, indicators, by_holder)
    connection.execute(
        f"""create or replace temp table parts as
        select indicator, subject_kind, subject_id, quarter, is_value,
               case when is_value then max(num) else sum(num) end as numerator, sum(den) as denominator,
               cast(sum(n) as bigint) as n, cast(sum(rows) as bigint) as row_count
        from (select s.indicator, s.subject_kind, s.is_value, case when s.is_cadre then w.cadre_id else w.org_id end as subject_id,
                     w.quarter as quarter, {picks}
              from wide as w cross join scanned as s) as long
        where subject_id is not null and rows > 0
        group by indicator, subject_kind, subject_id, quarter, is_value"""
    )
    _one_value_only(connection, contract)
    connection.execute(
        "insert into fact.part select indicator, ?, subject_kind, subject_id, quarter, numerator, denominator, n, row_count from parts",
        [contract.id],
    )
    _keep_tallies(connection, contract, indicators)


def _list_scanned(connection: duckdb.DuckDBPyConnection, indicators: list[Indicator], by_holder: bool) -> None:
    """``scanned``: whom each indicator of the wide table is about."""
    connection.execute(
        "create or replace temp table scanned (k int, indicator varchar, subject_kind varchar, is_cadre boolean, is_value boolean)"
    )
    kinds = ["holder" if by_holder else "cadre" if i.subject == "cadre" else "org" for i in indicators]
    rows = [[k, i.code, kind, kind != "org", i.kind == "value"] for k, (i, kind) in enumerate(zip(indicators, kinds, strict=True))]
    insert_rows(connection, "scanned", rows)


def _keep_tallies(connection: duckdb.DuckDBPyConnection, contract: FeedContract, indicators: list[Indicator]) -> None:
    """How often each value stands in the rows of a trimmed mean: what a year's trimming needs, beyond sums."""
    trimmed = [k for k, indicator in enumerate(indicators) if indicator.trim]
    if not trimmed:
        return
    picks = "case s.k " + " ".join(f"when {k} then w.each_{k}" for k in trimmed) + " end"
    connection.execute(
        f"""insert into fact.tally
        select indicator, ?, subject_kind, subject_id, quarter, entry.key, cast(sum(entry.value) as bigint)
        from (select s.indicator, s.subject_kind, case when s.is_cadre then w.cadre_id else w.org_id end as subject_id, w.quarter,
                     unnest(map_entries({picks})) as entry
              from wide as w join scanned as s on list_contains(?, s.k)) as each
        where subject_id is not null
        group by indicator, subject_kind, subject_id, quarter, entry.key""",
        [contract.id, trimmed],
    )


def _one_value_only(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> None:
    row = connection.execute("select indicator, subject_id, quarter, n from parts where is_value and n > 1 order by all limit 1").fetchone()
    if row:
        what = f"'{row[0]}' is a stated value, but {row[3]} rows state one for {row[1]} in {row[2]}."
        raise Problem(f"feed {contract.id}", what, "narrow its 'where' to one row a subject and quarter, or make it a mean.")


def _replace(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> None:
    for table, subject, condition, extra in (
        ("indicator_org", "org_id", "subject_kind = 'org'", ""),
        (
            "indicator_cadre",
            "cadre_id",
            "subject_kind in ('cadre', 'holder')",
            ", null, case subject_kind when 'holder' then 'decisive_date' else 'direct' end",
        ),
    ):
        connection.execute(f"delete from fact.{table} where feed = ? and period in (select period from fact_scope_period)", [contract.id])
        connection.execute(
            f"insert into fact.{table} select indicator, feed, subject_id as {subject}, period, numerator, denominator, n, value, "
            f"interval_low, interval_high, status{extra} from fact_new where {condition}"
        )


def _replace_attribution(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> None:
    connection.execute("delete from fact.attribution where feed = ? and period in (select period from fact_scope_period)", [contract.id])
    connection.execute("insert into fact.attribution by name select * from attribution_new")
    connection.execute("insert into fact.indicator_cadre by name select * from fact_cadre_new")
