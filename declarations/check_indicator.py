"""What a single indicator's own model cannot see: its feed's columns, and what must never be scored."""

from pathlib import Path

import sqlglot
from sqlglot import exp

from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.yaml_file import nearest

VOLUME = {
    "petition": "petition volume is never scored: ranking by it led to people being stopped from petitioning",
    "audit": "raw counts of audit findings are never scored: they punish being audited",
}


def check_indicator(file: Path, indicator: Indicator, feeds: dict[str, FeedContract]) -> None:
    """Raise Problem where the feed, a column or an expression is wrong, or the indicator counts what it must not."""
    place = f"{file}: {indicator.code}"
    feed = feeds.get(indicator.feed)
    if feed is None:
        hint = nearest(indicator.feed, sorted(feeds))
        raise Problem(f"{place}.feed", f"there is no feed '{indicator.feed}'.", f"{hint}Name a folder of feeds/.")
    if indicator.decisive_date not in feed.names:
        hint = nearest(indicator.decisive_date, feed.names)
        raise Problem(f"{place}.decisive_date", f"'{indicator.decisive_date}' is no column of {feed.id}.", f"{hint}Correct it.")
    if getattr(feed.subject, indicator.subject) is None:
        raise Problem(f"{place}.subject", f"feed {feed.id} has no column for a {indicator.subject}.", "set subject in its feed.yaml.")
    for key in ("where", "numerator", "denominator"):
        text = getattr(indicator, key)
        if text is not None:
            _check_expression(f"{place}.{key}", text, feed)
    _refuse_volume(place, indicator, feed)


def parse_expression(place: str, text: str) -> exp.Expr:
    """A scalar SQL expression. Raises Problem for anything else."""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise Problem(place, f"'{text}' is not a SQL expression: {reason}", "correct the expression.") from None
    if tree.find(exp.Query, exp.Command, exp.AggFunc, exp.Window) or isinstance(tree, exp.DDL | exp.DML):
        what = f"'{text}' holds a query, an aggregate or a window."
        raise Problem(place, what, "write an expression over one row; the kind says how rows are put together.")
    return tree


def is_condition(text: str) -> bool:
    """Whether an expression is a condition, which is simply not met where it is NULL; a measured value would be missing."""
    tree = parse_expression("expression", text).unnest()
    return isinstance(tree, exp.Predicate | exp.Connector | exp.Not | exp.Boolean | exp.Literal)


def _check_expression(place: str, text: str, feed: FeedContract) -> None:
    for column in parse_expression(place, text).find_all(exp.Column):
        if column.name not in feed.names:
            hint = nearest(column.name, feed.names)
            raise Problem(place, f"'{column.name}' is no column of feed {feed.id}.", f"{hint}Its columns: {', '.join(feed.names)}.")


def _refuse_volume(place: str, indicator: Indicator, feed: FeedContract) -> None:
    if feed.kind not in VOLUME or (indicator.kind == "rate" and _depends_on_row(indicator.numerator)):
        return
    numeric = {c.name for c in feed.columns if c.type in ("integer", "decimal", "date", "timestamp")}
    measured = {c.name for c in parse_expression(place, indicator.numerator).find_all(exp.Column)} & numeric
    is_total = indicator.kind in ("amount", "value")
    if (is_total and (feed.kind == "petition" or not _is_measure(indicator.numerator, numeric))) or not measured:
        what = f"a count of {feed.kind} rows: {VOLUME[feed.kind]}."
        raise Problem(place, what, "score a rate of what was due, an amount of money, or a duration instead.")


def _depends_on_row(text: str) -> bool:
    return parse_expression("numerator", text).find(exp.Column) is not None


def _is_measure(text: str, numeric: set[str]) -> bool:
    """Whether the summed value is a measured number: not a condition, a constant or a CASE over constants."""
    tree = parse_expression("numerator", text).unnest()
    if is_condition(text):
        return False
    if isinstance(tree, exp.Case):
        results = [branch.args["true"] for branch in tree.args["ifs"]] + [tree.args.get("default")]
        return any(r is not None and _is_measure(r.sql(dialect="duckdb"), numeric) for r in results)
    return any(column.name in numeric for column in tree.find_all(exp.Column))
