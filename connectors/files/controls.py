"""Control totals that lie beside a file: how many rows and what sums its sender counted."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.charset import as_utf8
from connectors.places import Place
from declarations.problem import Problem, SourceAway

_MAX_BYTES = 1 << 20


class Controls:
    """The sums over the files of a batch, exact."""

    def __init__(self) -> None:
        self._sums: dict[str, Decimal] = {}

    def add(self, totals: Mapping[str, Decimal]) -> None:
        for name, value in totals.items():
            self._sums[name] = self._sums.get(name, Decimal(0)) + value

    @property
    def total(self) -> dict[str, str]:
        """Name → sum in plain digits."""
        return {name: format(value, "f") for name, value in self._sums.items()}


def read_controls(place: Place, name: str, ending: str) -> dict[str, Decimal]:
    """The numbers in the control file of ``name``: a JSON object, or lines of name=value. What is no number is passed over.

    Raises SourceAway where it is not there (yet), Problem where it cannot be read.
    """
    file = place.look(name + ending)
    if file is None:
        what = f"has no control file {name + ending} beside it."
        raise SourceAway(place.at(name), what, "have it sent too, then pull again; or take 'control_file' out of the feed's source.")
    with place.open(file) as stream:
        body = stream.read(_MAX_BYTES + 1)
    at = place.at(file.name)
    if len(body) > _MAX_BYTES:
        raise Problem(at, "is longer than 1 MB: no control file.", "correct 'control_file' in the feed's source.")
    text = as_utf8(body, at, "utf-8").decode()
    found = _from_json(text, at) if text.lstrip().startswith("{") else _from_lines(text, at)
    totals = {key: number for key, value in found.items() if (number := _number(value)) is not None}
    if not totals:
        raise Problem(at, "has no number in it.", 'have it written as {"rows": 12, "amount": 34.50} or as lines of rows=12.')
    return totals


def _from_json(text: str, place: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise Problem(place, "is no whole JSON object.", "have it sent again.") from None
    return dict(found)


def _from_lines(text: str, place: str) -> dict[str, str]:
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        key, sign, value = line.partition("=")
        if line.strip() and not sign:
            raise Problem(place, f"line {number} is not of the form name=value.", "have it sent again.")
        if line.strip():
            found[key.strip()] = value.strip()
    return found


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
