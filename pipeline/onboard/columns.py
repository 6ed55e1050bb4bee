"""From a column's profile to its line in the contract."""

import re
from dataclasses import dataclass, field
from typing import Any

from declarations.feed import ColumnType
from pipeline.onboard.keys import is_id_like
from pipeline.onboard.naming import RATE, Label, label, snake, unit_of
from pipeline.onboard.profile import DATE_FORMATS, TIME_FORMATS, Profile
from pipeline.onboard.sample import Told

_NEARLY = 0.999
_SLIPS = 0.02  # of the values: so many slips of the pen make no text of a column whose name or unit says what it is
_DATE_NAME = re.compile(r"(^|_)(date|day|time|on|at)(_|$)|日期|时间")
_HAS_YEAR = re.compile(r"(19|20)[0-9]{2}")
_FLAG = re.compile(r"(^|_)(is|has|flag|was|can|yn)(_|$)|是否")
_YEAR = re.compile(r"(^|_)(year|yr|fy|time_period)(_|$)|年度|年份|^年$")
_CODE = re.compile(r"(^|_)(zip|post_?code|phone|tel|fips|iso)(_|$)|邮编|电话")
_SIZE = re.compile(r"数|量|额|(^|_)(number|count|total|sum|amount|days|hours|percent|score|points|value|rate)(_|$)")
FEW = 24
_TELEPHONE = 13_000_000_000
_ON_THE_WAY = 50_000_000  # in a part of the rows; in the others it may be larger


@dataclass(frozen=True)
class Typed:
    """A type with what belongs to it, and what a person should know of the choice."""

    type: ColumnType
    format: str | None = None
    missing: list[str] = field(default_factory=list)
    misfits: int = 0
    doubt: str | None = None


@dataclass(frozen=True)
class DraftColumn:
    """One column of the contract in the making. ``fields`` are the keys of ``columns[]`` in the order of the documentation;
    ``seen`` tells what was found; ``open`` what a person should look at."""

    source: str
    fields: dict[str, Any]
    seen: str
    open: list[str]

    @property
    def name(self) -> str:
        return str(self.fields["name"])

    @property
    def type(self) -> str:
        return str(self.fields["type"])


def infer_type(profile: Profile, told: Told) -> Typed:
    """The narrowest type that all filled values read as; a number with leading zeros, or called a code, is a text."""
    if profile.filled == 0:
        return Typed(told.type or "string")
    if told.type == "string" and profile.shape is None:
        return _text(profile)
    if _is_as_told(profile, told):
        return Typed(told.type, missing=list(profile.missing))  # type: ignore[arg-type]
    for kind, format_ in _tried(profile):
        fit = profile.reads_as(kind, format_)
        if fit >= _least(profile, kind) and profile.fits.get(f"{kind} {format_}" if format_ else kind, 0):
            return Typed(kind, format_, list(profile.missing), profile.filled - fit, _doubt(profile, kind, format_, profile.filled - fit))
    return _text(profile)


def _least(profile: Profile, kind: str) -> float:
    """How many values have to read as a type: all of a number, nearly all of a date; fewer where the column's name says what it is."""
    name = snake(profile.name) or profile.name
    if kind in ("date", "timestamp"):
        named = _DATE_NAME.search(name) or _DATE_NAME.search(profile.name)
        return (1 - _SLIPS if named else _NEARLY) * profile.filled
    if kind == "decimal" and unit_of(profile.name, None):
        return (1 - _SLIPS) * profile.filled
    return profile.filled


def _is_as_told(profile: Profile, told: Told) -> bool:
    """What a catalog or schema says of a number, date or flag holds, where the values bear it out; a number called id is a code."""
    if told.type in (None, "string") or (told.type == "integer" and is_id_like(profile.name)):
        return False
    return profile.reads_as(told.type) == profile.filled


def _tried(profile: Profile) -> list[tuple[ColumnType, str | None]]:
    """Types from the narrowest on, as far as name and shape of the values allow them."""
    name = snake(profile.name) or profile.name
    year = bool(_YEAR.search(name) or _YEAR.search(profile.name)) and profile.shape == "9999"
    found: list[tuple[ColumnType, str | None]] = []
    words = bool(set(profile.few) - {"0", "1"})
    if words or _FLAG.search(name) or _FLAG.search(profile.name):
        found.append(("boolean", None))
    if year:
        return [*found, ("date", "%Y"), ("integer", None)]
    digits_only = profile.shape is not None and not re.search(r"[^9]", profile.shape)
    found += [
        ("date", f)
        for f in DATE_FORMATS
        if f != "%Y" and not (f == "%Y%m" and not _dated(profile.name)) and (digits_only or "%Y%m" not in f)
    ]
    iso_day = profile.fits.get("date", 0)
    named = [*(f"date {f}" for f in DATE_FORMATS), *(f"timestamp {f}" for f in TIME_FORMATS)]
    if iso_day and not any(profile.fits.get(one, 0) >= iso_day for one in named):
        found = [("timestamp" if profile.fits.get("clock") else "date", None), *found]
    found += [("timestamp", f) for f in TIME_FORMATS]
    numeric = not (profile.leading_zeros or (is_id_like(profile.name) and not _SIZE.search(name)) or _CODE.search(name))
    return [*found, ("integer", None), ("decimal", None)] if numeric else found


def _dated(name: str) -> bool:
    return bool(re.search(r"month|period|date|月|期", snake(name) + name))


def _doubt(profile: Profile, kind: str, format_: str | None, misfits: int) -> str | None:
    if misfits > (1 - _NEARLY) * profile.filled:
        return f"type: {misfits:,} of {profile.filled:,} values cannot be read as {kind}: slips of the pen, to be mended in the source?"
    twin = {"%m/%d/%Y": "%d/%m/%Y", "%d/%m/%Y": "%m/%d/%Y"}.get((format_ or "")[:8])
    if twin and profile.fits.get(f"{kind} {twin}{(format_ or '')[8:]}", 0) == profile.fits.get(f"{kind} {format_}", -1):
        return f"day and month cannot be told apart by the values: {format_} or {twin}?"
    return None


def _text(profile: Profile) -> Typed:
    """Of texts only what cannot be a value of its own is taken for missing: 无 beside 有 is an answer."""
    sure = [text for text in profile.missing if text not in ("无", "/", "未知") or (profile.distinct > 3 and "有" not in profile.few)]
    return Typed("string", missing=sure)


def codes_of(profile: Profile, kind: Typed, told: Told, whole: bool) -> dict[str, str] | None:
    """A code list: what the source tells, else the few texts that come again and again, each with itself as the meaning."""
    if kind.type != "string":
        return None
    if told.codes and len(told.codes) <= FEW and set(profile.few) <= set(told.codes):
        return told.codes
    values = [text for text in profile.few if text not in kind.missing]
    if any(_HAS_YEAR.search(text) for text in values):  # 2025年第一季度: the next one is as good
        return None
    often = profile.filled >= (10 if whole else 30) * max(len(values), 1)
    short = profile.longest <= 40 and not any(sign in text for text in values for sign in "\n;；|")
    return {text: text for text in values} if 1 < len(values) <= FEW and often and short else None


def draft_column(profile: Profile, told: Told | None, name: str, whole: bool, unit: str | None, zh: str | None) -> DraftColumn:
    """The column's line, without key and personal class. ``unit`` and ``zh`` are what a person said."""
    told = told or Told()
    kind = infer_type(profile, told)
    shown = Label(zh, False) if zh else label(profile.name, told.zh)
    measured, doubts = _measured(profile, kind, told, unit, whole)
    fields: dict[str, Any] = {
        "name": name,
        "source": profile.name if name != profile.name else None,
        "type": kind.type,
        "required": True if told.required or (whole and profile.rows and profile.filled == profile.rows and not kind.missing) else None,
        **_bounds(profile, kind, told),
        "unit": measured,
        "format": kind.format,
        "missing": kind.missing or None,
        "zh": shown.zh,
        "meaning": told.label or profile.name,
        "codes": codes_of(profile, kind, told, whole),
    }
    if kind.doubt:
        doubts.insert(0, kind.doubt)
    if shown.open:
        doubts.append("zh: write the Chinese label")
    if fields["codes"] and not told.codes and not all(re.search("[一-龥]", code) for code in fields["codes"]):
        doubts.append("codes: write what each one means")
    return DraftColumn(profile.name, {key: value for key, value in fields.items() if value is not None}, _seen(profile, kind), doubts)


def _measured(profile: Profile, kind: Typed, told: Told, said: str | None, whole: bool) -> tuple[str | None, list[str]]:
    """The unit of a number, and what is open about it."""
    if kind.type not in ("integer", "decimal"):
        return None, []
    unit = said or told.unit or unit_of(profile.name, told.zh or told.label)
    ends = _bounds(profile, kind, told)
    if not unit and ends.get("minimum") == 0 and ends.get("maximum") in (1, 100):
        unit = "share" if ends["maximum"] == 1 else "percent"
    if unit or is_id_like(profile.name):
        return unit, []
    doubt = "unit: in what is it measured?"
    if kind.type in profile.ranges and float(profile.ranges[kind.type][1]) >= (_TELEPHONE if whole else _ON_THE_WAY):
        return "to be named", [doubt, "without a unit, numbers as long as a telephone number are covered up"]
    return None, [doubt]


def _bounds(profile: Profile, kind: Typed, told: Told) -> dict[str, float]:
    """Only obvious ones: a share lies in 0 to 1, a percentage in 0 to 100; beside what the source itself tells."""
    stated = {"minimum": told.minimum, "maximum": told.maximum}
    found = {key: value for key, value in stated.items() if value is not None}
    if found or kind.type not in ("integer", "decimal") or kind.type not in profile.ranges:
        return found
    text = f"{snake(profile.name)} {profile.name.lower()}"
    low, high = map(float, profile.ranges[kind.type])
    if RATE.search(text) and not re.search(r"growth|增|change|降", text) and low >= 0:
        if high <= 1 and kind.type == "decimal":
            return {"minimum": 0, "maximum": 1}
        if 1 < high <= 100 and re.search(r"percent|pct|%|率|比", text):
            return {"minimum": 0, "maximum": 100}
    return {}


def _seen(profile: Profile, kind: Typed) -> str:
    if profile.rows == 0:
        return "no values seen"
    parts = []
    if profile.filled < profile.rows:
        parts.append(f"{1 - profile.filled / profile.rows:.1%} empty")
    unique = profile.distinct == profile.filled == profile.rows
    parts.append("all different" if unique else f"{profile.distinct:,} different")
    span = profile.ranges.get(f"{kind.type} {kind.format}" if kind.format else kind.type)
    if span and kind.type != "boolean":
        parts.append(f"{_plain(span[0])} to {_plain(span[1])}")
    if kind.misfits:
        parts.append(f"{kind.misfits:,} not readable as {kind.type}, would be refused")
    return ", ".join(parts)


def _plain(number: str) -> str:
    text = number.removesuffix(" 00:00:00")
    return re.sub(r"(\.\d*?)0+$", r"\1", text).rstrip(".") if re.fullmatch(r"-?\d+\.\d+", text) else text
