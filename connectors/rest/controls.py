"""The control totals that a source names beside its records."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation


class Controls:
    """Control totals by name, from the paths at which they stand. Those of slices are added up, for a batch is all slices."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = paths
        self._before: dict[str, Decimal] = {}
        self._here: dict[str, str] = {}

    def of(self, told: Mapping[str, str]) -> dict[str, str]:
        """What the source said up to this answer, as text; a name that it never said is missing."""
        self._here |= {name: told[path] for name, path in self._paths.items() if path in told}
        return {name: self._sum(name, text) for name, text in self._here.items()}

    def end_of_span(self) -> None:
        """The next answer belongs to another slice."""
        self._before |= {name: Decimal(self._sum(name, text)) for name, text in self._here.items() if _is_number(text)}
        self._here = {}

    def _sum(self, name: str, text: str) -> str:
        before = self._before.get(name)
        return text if before is None or not _is_number(text) else str(before + Decimal(text))


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
