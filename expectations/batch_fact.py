"""One number about a batch as a whole, with its bounds: what Great Expectations judges beside the rows.

A *full* batch holds all that its source had: it was pulled without ``since``. A feed of files never has a ``since``, so
each of its batches counts as full.
"""

from dataclasses import dataclass

from declarations.feed import BatchAction, FeedContract
from warehouse.batch import Finding


@dataclass(frozen=True)
class BatchFact:
    """One number about the batch with its inclusive bounds; ``advice`` is the next step when it lies outside."""

    rule: str
    value: float
    minimum: float | None
    maximum: float | None
    meaning: str
    action: BatchAction
    advice: str
    column: str | None = None

    def finding(self, rows: int) -> Finding:
        """The fact as a finding that concerns this many rows of the batch."""
        return Finding(rule=self.rule, column=self.column, rows=rows, message=f"{self.meaning}.", action=self.action)


def ask(contract: FeedContract) -> str:
    """Whom to ask, as the beginning of an advice."""
    return f"Ask {contract.owner.team}" + (f" ({contract.owner.email})" if contract.owner.email else "")


def file_of(contract: FeedContract) -> str:
    """Where the contract stands."""
    return f"feeds/{contract.id}/feed.yaml"


def then(contract: FeedContract) -> str:
    """What to run after a correction, as the end of an advice."""
    return f"then run: traceless feed pull {contract.id}"
