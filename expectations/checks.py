"""Which checks a contract asks for: those its columns imply and those it states itself."""

from dataclasses import dataclass

from declarations.feed import (
    Between,
    Column,
    Expectation,
    FeedContract,
    InSet,
    Matches,
    NotBefore,
    NotNull,
    RefusedShare,
    RowAction,
    RowCount,
    RowIs,
)


@dataclass(frozen=True)
class Casts:
    """A text that is there must cast to the column's type."""

    column: str
    rule: str = "type"
    on_failure: RowAction = "quarantine"


@dataclass(frozen=True)
class UniqueKey:
    """Rows with one key (and one version) say the same. Which of two that differ is right is not ours to say."""

    rule: str = "unique_key"
    on_failure: RowAction = "quarantine"


RowCheck = Casts | UniqueKey | NotNull | InSet | Between | Matches | NotBefore | RowIs


def row_checks(contract: FeedContract) -> list[RowCheck]:
    """The checks of single rows, in the order of the columns; what a column implies is not asked for twice."""
    implied: list[RowCheck] = [check for column in contract.columns for check in _of_column(column)]
    stated: list[RowCheck] = [rule for rule in contract.expectations if not isinstance(rule, RowCount | RefusedShare)]
    asked = {_what(check) for check in implied}
    return [*implied, *(check for check in stated if _what(check) not in asked), UniqueKey()]


def batch_checks(contract: FeedContract) -> list[RowCount | RefusedShare]:
    """The checks of the batch as a whole."""
    return [rule for rule in contract.expectations if isinstance(rule, RowCount | RefusedShare)]


def _of_column(column: Column) -> list[RowCheck]:
    found: list[RowCheck] = []
    if column.type != "string":
        found.append(Casts(column.name))
    if column.required or column.key:
        found.append(NotNull(rule="not_null", column=column.name))
    if column.codes is not None:
        found.append(InSet(rule="in_set", column=column.name, values=list(column.codes)))
    if column.minimum is not None or column.maximum is not None:
        found.append(Between(rule="between", column=column.name, minimum=column.minimum, maximum=column.maximum))
    if column.pattern is not None:
        found.append(Matches(rule="matches", column=column.name, pattern=column.pattern))
    return found


def _what(check: RowCheck | Expectation) -> str:
    """The check without what happens on failure: a stated note never weakens an implied refusal."""
    if isinstance(check, Casts | UniqueKey):
        return repr(check)
    return check.model_dump_json(exclude={"on_failure", "meaning"})
