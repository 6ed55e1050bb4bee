"""Where a feed's columns go: to which indicators, from there to which nodes of which schemes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from declarations.check_indicator import parse_expression
from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.project import Project
from declarations.scheme import Scheme, indicators_read

KIND_READS = {
    "roster": "who holds which post, and which organisations there are",
    "decision": "adjustments, vetoes and consequences of confirmed documents",
}


@dataclass(frozen=True)
class Use:
    """One indicator's place in a scheme; ``nodes`` are the leaves that score it, empty where it only serves another rule."""

    scheme: str
    indicator: str
    nodes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.scheme}: {', '.join(self.nodes) or 'read by its rules'}"


@dataclass(frozen=True)
class Lineage:
    """A feed's way down. ``columns``: indicator → the feed's columns that it reads."""

    feed: str
    columns: dict[str, frozenset[str]] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    whole: str | None = None  # what reads the whole feed by its kind

    def indicators_of(self, column: str) -> list[str]:
        """The indicators that read a column."""
        return sorted(code for code, names in self.columns.items() if column in names)

    def uses_of(self, indicator: str) -> list[Use]:
        """Where an indicator is read."""
        return [use for use in self.uses if use.indicator == indicator]

    @property
    def schemes(self) -> list[str]:
        return sorted({use.scheme for use in self.uses})


def lineage_of(project: Project, contract: FeedContract) -> Lineage:
    """The lineage of a contract of this project, by the declarations alone."""
    own = {code: indicator for code, indicator in project.indicators.items() if indicator.feed == contract.id}
    return Lineage(
        contract.id,
        {code: frozenset(columns_of_indicator(indicator, contract)) for code, indicator in own.items()},
        tuple(use for scheme in project.schemes.values() for use in _uses(scheme, own)),
        KIND_READS.get(contract.kind),
    )


def columns_of_indicator(indicator: Indicator, contract: FeedContract) -> set[str]:
    """The columns that an indicator reads: its expressions', the decisive date, the subject."""
    found = {column.name for text in expressions_of(indicator) for column in parse_expression(indicator.code, text).find_all(exp.Column)}
    subject = getattr(contract.subject, indicator.subject)
    return found | {indicator.decisive_date} | ({subject} if subject else set())


def expressions_of(indicator: Indicator) -> list[str]:
    """The SQL expressions of an indicator."""
    return [text for text in (indicator.where, indicator.numerator, indicator.denominator) if text is not None]


def _uses(scheme: Scheme, indicators: dict[str, Indicator]) -> Iterator[Use]:
    for code in sorted(indicators_read(scheme) & indicators.keys()):
        yield Use(scheme.id, code, tuple(leaf.code for leaf in scheme.leaves() if leaf.indicator == code))
