"""The one scan of a feed that yields the parts of all its indicators, written as plain SQL from the declarations.

Each row meets as many *clocks* as the feed's indicators have decisive dates; each (subject, quarter) gets, per
indicator, the sums from which every kind of indicator is put together. Sums are exact decimals, so the order of
rows and the number of threads cannot change them.
"""

from dataclasses import dataclass

from declarations.base import to_timedelta
from declarations.check_indicator import is_condition
from declarations.feed import FeedContract
from declarations.indicator import Indicator

EXACT = "decimal(28, 8)"


@dataclass(frozen=True)
class Clock:
    """A decisive date, and for indicators that go to the holder on that date, the domain and the lag."""

    column: str
    domain: str | None = None
    lag_days: int = 0


def clock_of(indicator: Indicator, by_holder: bool) -> Clock:
    """The clock that an indicator goes by."""
    if not by_holder or indicator.attribution is None:
        return Clock(indicator.decisive_date)
    return Clock(indicator.decisive_date, indicator.attribution.domain, to_timedelta(indicator.attribution.lag).days)


def held_by_date(indicators: list[Indicator]) -> list[Indicator]:
    """Those whose rows go to whoever held the domain on the decisive date."""
    return [i for i in indicators if i.attribution and i.attribution.by == "decisive_date"]


def scan(contract: FeedContract, indicators: list[Indicator], by_holder: bool = False) -> str:
    """The wide query: org_id, cadre_id, quarter and for indicator k the columns num_k, den_k, n_k, rows_k; each_k, how often
    each value stands there, where the mean is trimmed.

    Reads ``staging.<feed>_current`` and keeps the quarters of the table ``fact_scope``. With ``by_holder`` the
    cadre is whoever answered for the domain on the decisive date.
    """
    clocks = sorted({clock_of(i, by_holder) for i in indicators}, key=repr)
    place = {clock: number for number, clock in enumerate(clocks, 1)}
    parts = [line for k, i in enumerate(indicators) for line in _parts(i, k, place[clock_of(i, by_holder)])]
    org = f'e."{contract.subject.organisation}"' if contract.subject.organisation else "null::varchar"
    cadre = "h.cadre_id" if by_holder else f'e."{contract.subject.cadre}"' if contract.subject.cadre else "null::varchar"
    # expressions are written for the contract's own type: a day stays a day where its column was widened to a time
    days = {column.name for column in contract.columns if column.stored_type != column.type == "date"}
    needed = {name: f'cast(e."{name}" as date)' if name in days else f'e."{name}"' for name in sorted(contract.names)}
    day = "case c.clock " + " ".join(f'when {n} then cast(e."{c.column}" as date)' for c, n in place.items()) + " end"
    holder = _holder_join(clocks, place) if by_holder else ""
    return f"""
    select org_id, cadre_id, quarter, {", ".join(parts)}
    from (select {org} as org_id, {cadre} as cadre_id, c.clock as clock, year({day}) || '-Q' || quarter({day}) as quarter,
                 {", ".join(f'{value} as "{name}_"' for name, value in needed.items())}
          from staging."{contract.id}_current" as e
          cross join (values {", ".join(f"({n})" for n in place.values())}) as c(clock)
          {holder.replace("@day", day)}) as events
    where quarter in (select quarter from fact_scope)
    group by org_id, cadre_id, quarter"""


def _holder_join(clocks: list[Clock], place: dict[Clock, int]) -> str:
    domain = "case c.clock " + " ".join(f"when {place[c]} then '{c.domain}'" for c in clocks) + " end"
    lag = "case c.clock " + " ".join(f"when {place[c]} then {c.lag_days}" for c in clocks) + " end"
    return (
        f"join dim.responsibility as h on h.org_id = e.org_id and h.domain = {domain} "
        f"and @day - {lag} >= h.valid_from and @day - {lag} < h.valid_to"
    )


def _parts(indicator: Indicator, k: int, clock: int) -> list[str]:
    """The sums of one indicator, over the rows of its clock that meet its ``where``."""
    within = f"clock = {clock}" + (f" and ({_renamed(indicator.where)})" if indicator.where else "")
    numerator = f"cast(({_renamed(indicator.numerator)}) as {EXACT})"
    rows = f"count(case when {within} then 1 end) as rows_{k}"
    if indicator.kind == "rate":
        due = f"cast(({_renamed(indicator.denominator or 'true')}) as {EXACT})"
        counted = f"{within} and coalesce({due}, 0) <> 0"
        if not is_condition(indicator.numerator):
            counted += f" and {numerator} is not null"  # a measured value that is missing is no zero
        cases = f"count(case when {counted} then 1 end)"
        total = f"sum(case when {counted} then {due} end)"
        return [
            f"sum(case when {counted} then coalesce({numerator}, 0) end) as num_{k}",
            f"{total} as den_{k}",
            f"cast({total if indicator.counts == 'denominator' else cases} as bigint) as n_{k}",
            rows,
        ]
    present = f"{within} and {numerator} is not null"
    gather = "max" if indicator.kind == "value" else "sum"
    count = f"count(case when {present} then 1 end)"
    return [
        f"{gather}(case when {present} then {numerator} end) as num_{k}",
        f"cast({count if indicator.kind in ('mean', 'duration') else 'null'} as {EXACT}) as den_{k}",
        f"{count} as n_{k}",
        rows,
        *([f"histogram(case when {present} then {numerator} end) as each_{k}"] if indicator.trim else []),
    ]


def _renamed(expression: str | None) -> str:
    """The expression over the inner query's column names, which end in ``_`` so that none meets ours."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(expression or "true", dialect="duckdb")
    for column in list(tree.find_all(exp.Column)):
        column.replace(exp.column(f"{column.name}_", quoted=True))
    return tree.sql(dialect="duckdb") if not isinstance(tree, exp.Column) else f'"{tree.name}_"'
