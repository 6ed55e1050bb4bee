"""Values of a database as text, alike in every engine.

Numbers in full (a decimal keeps its digits, a float is the shortest text that reads back the same, as PostgreSQL
writes it), ``true``/``false``, dates and times in ISO 8601 with a blank and without trailing zeros of the second,
an instant in UTC with ``+00``, bytes as ``\\x`` and hexadecimal digits, JSON as it is.
"""

import json
import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.gate import TEXT
from connectors.sql.kinds import Kind

# beyond these PostgreSQL writes an exponent, or Arrow does already
_FLOAT_PLAIN = {pa.float64(): (1e-4, 1e10, 15), pa.float32(): (1e-4, 1e6, 6)}
_TIMES = (Kind.MOMENT, Kind.ZONED, Kind.TIME)


class NotText(TypeError):
    """A value that has no text; the argument is its type's name."""


def text_array(values: Sequence[Any], kind: Kind = Kind.OTHER) -> pa.Array:
    """The values of one column, as a driver gives them, as an array of text. Raises NotText."""
    if kind is Kind.SHAPE and any(value is not None for value in values):
        raise NotText("geometry")
    if kind in (Kind.FLOAT, Kind.DOUBLE):
        numbers = pa.array([None if value is None else float(value) for value in values], pa.float64())
        return float_text(numbers if kind is Kind.DOUBLE else numbers.cast(pa.float32(), safe=False))
    if kind is Kind.BITS:
        values = [int.from_bytes(value, "big") if isinstance(value, bytes) else value for value in values]
    array = _plain(values)
    if kind in _TIMES:
        array = _without_zeros(array)
    if kind is Kind.ZONED:
        return pc.replace_substring_regex(array, r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)$", r"\1+00")
    return array


def float_text(array: pa.Array) -> pa.Array:
    """Floats as PostgreSQL writes them: ``0.1``, ``1e+20``, ``1.5e-05``, ``NaN``, ``Infinity``."""
    low, high, digits = _FLOAT_PLAIN[array.type]
    text = pc.cast(array, TEXT)
    size = pc.abs(array)
    usual = pc.or_(pc.and_(pc.greater_equal(size, low), pc.less(size, high)), pc.equal(size, 0))
    odd = pc.fill_null(pc.invert(usual), False)
    if not pc.any(odd).as_py():
        return text
    gaps = np.spacing(np.abs(array.filter(odd).to_numpy(zero_copy_only=False)))
    found = zip(text.filter(odd).to_pylist(), array.filter(odd).to_pylist(), gaps.tolist(), strict=True)
    written = [_float(shortest, value, gap, digits) for shortest, value, gap in found]
    return pc.replace_with_mask(text, odd, pa.array(written, TEXT))


def _float(shortest: str, value: float, gap: float, digits: int) -> str:
    """``gap`` is the distance to the next float. A text right in the middle of two is not PostgreSQL's: it takes more digits."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    length = 1
    while abs(Decimal(shortest) - Decimal(value)) * 2 >= Decimal(gap):
        shortest, length = f"{value:.{length}g}", length + 1
    sign, figures, exponent = Decimal(shortest).normalize().as_tuple()
    ten = len(figures) + int(exponent) - 1
    if -4 <= ten < digits:
        return format(Decimal(shortest).normalize(), "f")
    first, rest = str(figures[0]), "".join(map(str, figures[1:]))
    return f"{'-' if sign else ''}{first}{'.' if rest else ''}{rest}e{ten:+03d}"


def _plain(values: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values, TEXT)
    except (pa.ArrowException, TypeError):
        pass
    try:
        array = pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([_text(value) for value in values], TEXT)
    if pa.types.is_float64(array.type):
        return float_text(array)
    if pa.types.is_timestamp(array.type):
        return _moments(array)
    if pa.types.is_time(array.type):
        return _without_zeros(array.cast(TEXT))
    if pa.types.is_integer(array.type) or pa.types.is_boolean(array.type) or pa.types.is_date(array.type) or pa.types.is_null(array.type):
        return array.cast(TEXT)
    return pa.array([_text(value) for value in values], TEXT)


def _moments(array: pa.Array) -> pa.Array:
    naive = array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64()).cast(pa.timestamp("us"))
    text = _without_zeros(naive.cast(TEXT))
    return pc.binary_join_element_wise(text, "+00", "") if array.type.tz else text


def _without_zeros(text: pa.Array) -> pa.Array:
    """Times without the zeros at the end of a fraction of a second."""
    if not pc.any(pc.match_substring(text, ".")).as_py():
        return text
    return pc.replace_substring_regex(text, r"(?:\.0+|(\.\d*[1-9])0+)$", r"\1")


def _text(value: Any) -> str | None:
    """One value of a column that holds values of several types, or of one that Arrow has no text for."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool | int | float | datetime | date | time):
        return str(_plain([value])[0].as_py()) if not isinstance(value, int) or isinstance(value, bool) else str(value)
    if isinstance(value, UUID | timedelta):
        return str(value)
    raise NotText(type(value).__name__)
