"""Which checks a contract asks for: those its columns imply and those it states itself.

Every kind of rule of the contract stands in exactly one of the tuples below: what judges single rows, and what judges the
batch as a whole. A rule that stands in none is refused when the contract is checked, never passed over.
"""

from dataclasses import dataclass
from typing import get_args

from declarations.feed import (
    Between,
    Column,
    ControlTotal,
    ExistsIn,
    Expectation,
    FeedContract,
    Freshness,
    GreatExpectation,
    InSet,
    Matches,
    NotBefore,
    NotNull,
    RefusedShare,
    RowAction,
    RowCount,
    RowIs,
    Unique,
)
from declarations.problem import Problem


@dataclass(frozen=True)
class Casts:
    """A text that is there must cast to the column's type."""

    column: str
    rule: str = "type"
    on_failure: RowAction = "quarantine"


@dataclass(frozen=True)
class Wider:
    """A widened column's value is no more than its own type holds; more is taken and counted."""

    column: str
    rule: str = "wider"
    on_failure: RowAction = "note"


@dataclass(frozen=True)
class UniqueKey:
    """Rows with one key (and one version) say the same. Which of two that differ is right is not ours to say."""

    rule: str = "unique_key"
    on_failure: RowAction = "quarantine"


StatedRowCheck = NotNull | InSet | Between | Matches | NotBefore | RowIs | ExistsIn | Unique
BatchCheck = RowCount | RefusedShare | Freshness | ControlTotal | GreatExpectation
RowCheck = Casts | Wider | UniqueKey | StatedRowCheck
ROW_CHECKS: tuple[type, ...] = get_args(StatedRowCheck)
BATCH_CHECKS: tuple[type, ...] = get_args(BatchCheck)


def row_checks(contract: FeedContract) -> list[RowCheck]:
    """The checks of single rows, in the order of the columns; what a column implies is not asked for twice.

    Raises Problem for a rule that nothing here knows how to judge.
    """
    _refuse_unknown(contract)
    stated = [rule for rule in contract.expectations if isinstance(rule, StatedRowCheck)]
    looked_up = {_what(check) for check in stated if isinstance(check, ExistsIn)}
    implied = [check for column in contract.columns for check in _of_column(column)]
    # what 'refers_to' implies is a note only: the rule that says the same itself is the stronger one
    implied = [check for check in implied if not (isinstance(check, ExistsIn) and _what(check) in looked_up)]
    asked = {_what(check) for check in implied}
    return [*implied, *(check for check in stated if _what(check) not in asked), UniqueKey()]


def batch_checks(contract: FeedContract) -> list[BatchCheck]:
    """The checks of the batch as a whole."""
    return [rule for rule in contract.expectations if isinstance(rule, BatchCheck)]


def _refuse_unknown(contract: FeedContract) -> None:
    for number, rule in enumerate(contract.expectations):
        if not isinstance(rule, StatedRowCheck | BatchCheck):
            what = f"the rule '{rule.rule}' cannot be judged by this version."
            raise Problem(f"feed {contract.id}: expectations.{number}", what, "take it out, or install the version that knows it.")


def _of_column(column: Column) -> list[RowCheck]:
    found: list[RowCheck] = []
    if column.type != "string":
        found.append(Casts(column.name))
    if column.stored_type != column.type:
        found.append(Wider(column.name))
    if column.required or column.key:
        found.append(NotNull(rule="not_null", column=column.name))
    if column.codes is not None:
        found.append(InSet(rule="in_set", column=column.name, values=list(column.codes)))
    if column.minimum is not None or column.maximum is not None:
        found.append(Between(rule="between", column=column.name, minimum=column.minimum, maximum=column.maximum))
    if column.pattern is not None:
        found.append(Matches(rule="matches", column=column.name, pattern=column.pattern))
    if column.refers_to is not None:
        feed, other = column.refers_to.split(".")
        found.append(ExistsIn(rule="exists_in", column=column.name, feed=feed, other=other))
    return found


def _what(check: RowCheck | Expectation) -> str:
    """The check without what happens on failure: a stated note never weakens an implied refusal."""
    if isinstance(check, Casts | Wider | UniqueKey):
        return repr(check)
    return check.model_dump_json(exclude={"on_failure", "meaning"})
