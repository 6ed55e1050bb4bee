"""The last guard against identities: values that look like a mobile or an ID card number are covered up.

A feed's allow-list keeps identity columns out; this covers what people type into the wrong column. A value is covered
whole when it holds a mainland mobile number (11 digits, ``1[3-9]…``, with or without +86) or an 18-character ID card
number that touches no other letter or digit of ASCII.

Which columns: all but one kind. In an integer or decimal column *with a unit* a phone-shaped number stays, because it
measures something (13800000000 yuan); without a unit a number is covered, for a phone number passes as an integer too.

Cost: a column whose longest value has fewer than 11 bytes is skipped; else one RE2 search over the column's whole byte
buffer asks for 11 digits in a row; only a column with a hit is looked at value by value.
"""

import pyarrow as pa
import pyarrow.compute as pc

from declarations.feed import Column

PHONE = r"(?:^|[^0-9A-Za-z])(?:\+?86)?1[3-9][0-9]{9}(?:[^0-9A-Za-z]|$)"
ID_CARD = r"(?:^|[^0-9A-Za-z])[0-9]{17}[0-9Xx](?:[^0-9A-Za-z]|$)"
PHONE_MASK = "[masked: looks like a phone number]"
ID_CARD_MASK = "[masked: looks like an ID card number]"
_DIGITS = "[0-9]{11}"


def mask(values: pa.Array, column: Column) -> pa.Array:
    """The text values with identity-like ones replaced. ``values`` is a string array."""
    if not _may_hold(values):
        return values
    card = pc.match_substring_regex(values, ID_CARD)
    out = pc.if_else(card, ID_CARD_MASK, values)
    if column.type in ("integer", "decimal") and column.unit:
        return out
    return pc.if_else(pc.match_substring_regex(values, PHONE), _phone_or_card(card), out)


def _phone_or_card(card: pa.Array) -> pa.Array:
    return pc.if_else(card, ID_CARD_MASK, PHONE_MASK)


def _may_hold(values: pa.Array) -> bool:
    """Whether eleven digits in a row stand in the buffer (a value's end and the next one's start count together)."""
    longest = pc.max(pc.binary_length(values)).as_py()
    if longest is None or longest < 11:
        return False
    _, offsets, data = values.buffers()
    bounds = pa.Array.from_buffers(pa.int32(), values.offset + len(values) + 1, [None, offsets])
    start, end = bounds[values.offset].as_py(), bounds[values.offset + len(values)].as_py()
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, pa.array([start, end], pa.int64()).buffers()[1], data])
    return bool(pc.match_substring_regex(whole, _DIGITS)[0].as_py())
