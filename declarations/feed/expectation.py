"""What must hold of a feed's rows and batches; each rule is one model."""

from typing import Annotated, Any, Literal

from pydantic import Field

from declarations.base import Duration, Name, Strict

RowAction = Literal["quarantine", "note"]
BatchAction = Literal["stop", "note"]


class NotNull(Strict):
    """The column has a value."""

    rule: Literal["not_null"]
    column: Name
    on_failure: RowAction = "quarantine"


class InSet(Strict):
    """The value is one of these; an empty value passes."""

    rule: Literal["in_set"]
    column: Name
    values: list[str]
    on_failure: RowAction = "quarantine"


class Between(Strict):
    """Inclusive bounds; an empty value passes."""

    rule: Literal["between"]
    column: Name
    minimum: float | None = None
    maximum: float | None = None
    on_failure: RowAction = "quarantine"


class Matches(Strict):
    """The whole text matches the regular expression (RE2); an empty value passes."""

    rule: Literal["matches"]
    column: Name
    pattern: str
    on_failure: RowAction = "quarantine"


class NotBefore(Strict):
    """``column`` is at or after ``other``; where either is empty the row passes."""

    rule: Literal["not_before"]
    column: Name
    other: Name
    on_failure: RowAction = "quarantine"


class RowIs(Strict):
    """A SQL condition over the contract's columns that every row must meet; NULL passes."""

    rule: Literal["row_is"]
    name: Name
    condition: str
    meaning: str
    on_failure: RowAction = "quarantine"


class ExistsIn(Strict):
    """The value stands in a column of another feed's accepted rows, of any time; an empty value passes, and so do all while that
    feed is empty. Rows that came before what they refer to are judged again by ``traceless feed replay``."""

    rule: Literal["exists_in"]
    column: Name
    feed: Name
    other: Name
    on_failure: RowAction = "note"


class Unique(Strict):
    """No two records (rows with different keys) of a batch have the same values in these columns; where one is empty the row passes.

    That rows with one key do not contradict each other is always checked."""

    rule: Literal["unique"]
    columns: list[Name] = Field(min_length=1)
    on_failure: RowAction = "quarantine"


class RowCount(Strict):
    """The batch has a plausible size; ``of_usual`` bounds compare with the median of earlier batches of its sort (full or not).

    ``minimum`` is asked of full batches only. Incremental batches have a usual size once five were accepted; a back-fill has none."""

    rule: Literal["row_count"]
    minimum: int | None = None
    maximum: int | None = None
    least_of_usual: float | None = Field(default=None, gt=0, le=1)
    most_of_usual: float | None = Field(default=None, ge=1)
    on_failure: BatchAction = "stop"


class RefusedShare(Strict):
    """At most this share of the batch's rows may be refused before the whole batch is broken."""

    rule: Literal["refused_share"]
    maximum: float = Field(ge=0, le=1)
    on_failure: BatchAction = "stop"


class Freshness(Strict):
    """The newest value of ``column`` (a date or time) is at most ``within`` older than the pull; asked of batches with rows, not of
    back-fills. A date lasts until its end; a time without an offset is read as UTC; one later than the pull by over a day is a slip."""

    rule: Literal["freshness"]
    column: Name
    within: Duration
    on_failure: BatchAction = "note"


class ControlTotal(Strict):
    """The exact sum of ``column`` over the batch (without a column: its number of rows) is what the source itself says it is.

    All rows count that came, those that are refused too. ``control`` is a name of the source's ``controls`` (REST) or of the
    control file (files); where the source did not send it, the rule fails.
    """

    rule: Literal["control_total"]
    control: str
    column: Name | None = None
    tolerance: float = Field(default=0, ge=0)
    on_failure: BatchAction = "stop"


class GreatExpectation(Strict):
    """Any expectation of Great Expectations about a column or the batch, by its own name and arguments.

    It sees the rows that no other rule refuses; asked of batches with rows."""

    rule: Literal["gx"]
    expectation: str = Field(pattern=r"^expect_[a-z_]+$")
    column: Name | None = None
    arguments: dict[str, Any] = {}
    meaning: str
    on_failure: BatchAction = "stop"


Expectation = Annotated[
    NotNull
    | InSet
    | Between
    | Matches
    | NotBefore
    | RowIs
    | ExistsIn
    | Unique
    | RowCount
    | RefusedShare
    | Freshness
    | ControlTotal
    | GreatExpectation,
    Field(discriminator="rule"),
]
