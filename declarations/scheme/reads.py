"""Which indicators a scheme reads, expressions included."""

from collections.abc import Iterator

import sqlglot
from pydantic import BaseModel
from sqlglot import exp

from declarations.scheme.adjust import Table
from declarations.scheme.normalise import Expression
from declarations.scheme.parameter import FromIndicator
from declarations.scheme.prepare import Denominate, Derive, Previous, ScreenSubjects
from declarations.scheme.scheme import Scheme
from declarations.scheme.screen import Bunching, Divergence, Identity, Jump, LowRegistration, Revision


def expression_names(sql: str) -> set[str]:
    """The column names of an expression. Raises sqlglot's ParseError where it is not one."""
    return {column.name for column in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Column)}


def indicators_read(scheme: Scheme) -> set[str]:
    """All indicators from outside that the scheme reads: leaves, parameters, prepare, adjustments, screens."""
    nodes = {node.code for node in scheme.nodes()}
    named = {leaf.indicator for leaf in scheme.leaves() if leaf.indicator}
    named |= {found.indicator for found in _from_indicators(scheme)}
    for leaf in scheme.leaves():
        for method in [leaf.normalise, *leaf.normalise_by_group.values()]:
            if isinstance(method, Expression):
                named |= expression_names(method.sql) - {"x"} - set(method.parameters)
    for step in scheme.prepare:
        if isinstance(step, Derive):
            named |= expression_names(step.expression)
        elif isinstance(step, Previous):
            named.add(step.indicator)
        elif isinstance(step, Denominate):
            named |= {*step.indicators, step.by}
        elif isinstance(step, ScreenSubjects):
            named |= {*step.indicators}
    for adjustment in scheme.adjustments:
        named |= {adjustment.by} - nodes if isinstance(adjustment, Table) else set()
        named |= expression_names(adjustment.when) - nodes - {"score"} if adjustment.when else set()
    named |= _of_screens(scheme) - nodes
    return named - scheme.derived_codes()


def _from_indicators(model: object) -> Iterator[FromIndicator]:
    if isinstance(model, FromIndicator):
        yield model
    elif isinstance(model, BaseModel):
        for name in type(model).model_fields:
            yield from _from_indicators(getattr(model, name))
    elif isinstance(model, list | tuple):
        for part in model:
            yield from _from_indicators(part)
    elif isinstance(model, dict):
        for part in model.values():
            yield from _from_indicators(part)


def _of_screens(scheme: Scheme) -> set[str]:
    named: set[str] = set()
    for screen in scheme.screens:
        if isinstance(screen, Bunching):
            named |= {screen.indicator, *([screen.target] if isinstance(screen.target, str) else [])}
        elif isinstance(screen, Divergence):
            named |= {screen.first, screen.second}
        elif isinstance(screen, Jump):
            named.add(screen.indicator)
        elif isinstance(screen, Revision):
            named |= {screen.first, screen.revised}
        elif isinstance(screen, LowRegistration):
            named |= {screen.indicator, *([screen.per] if screen.per else [])}
        elif isinstance(screen, Identity):
            named |= expression_names(screen.left) | expression_names(screen.right)
    return named
