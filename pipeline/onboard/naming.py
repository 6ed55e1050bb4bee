"""From a source's column names to ours: names, Chinese labels and units."""

import re
from dataclasses import dataclass

from pipeline.onboard.words import DATE_PARTS, from_chinese, to_chinese

_HAN = re.compile(r"[一-龥]")
_BRACKETS = re.compile(r"[（(\[【]([^）)\]】]*)[）)\]】]")
_LONGEST = 48
UNITS: list[tuple[str, str]] = [
    (r"亿元|100m_yuan|yi_yuan", "100m yuan"),
    (r"万元|wan_yuan", "10k yuan"),
    (r"(?<![万亿千])元|(^|_)(yuan|rmb|cny)(_|$)", "yuan"),
    (r"(^|_)(usd|dollars?)(_|$)", "US dollars"),
    (r"(^|_)(eur|euros?)(_|$)", "euro"),
    (r"[%％]|百分|percent|(^|_)pct(_|$)", "percent"),
    (r"工作日|working_days?", "working days"),
    (r"天数|(?<=[（(])天|(^|_)days?$|(^|_)days_", "days"),
    (r"小时|(^|_)hours?(_|$)", "hours"),
    (r"分钟|(^|_)minutes?(_|$)", "minutes"),
    (r"人数|人次|(^|_)(persons?|people|headcount|number_of_[a-z_]*patients)(_|$)", "persons"),
    (r"次数|(^|_)times$", "times"),
    (r"户数|households", "households"),
    (r"件数|宗数|(^|_)(items|cases|surveys)$|number_of_[a-z_]*surveys", "items"),
    (r"得分|分值|评分|(^|_)(points?|scores?)(_|$)", "points"),
    (r"平方公里|(^|_)(sq_?km|km2)(_|$)", "square kilometres"),
    (r"平方米|㎡|(^|_)(sqm|m2)(_|$)", "square metres"),
    (r"公顷|hectare", "hectares"),
    (r"亩", "mu"),
    (r"吨|(^|_)tonn?e?s(_|$)", "tonnes"),
    (r"公斤|(^|_)kg(_|$)", "kilograms"),
    (r"公里|(^|_)km(_|$)", "kilometres"),
]
RATE = re.compile(r"率|占比|比例|比重|rate(_|$)|ratio|share|proportion|percent|(^|_)pct(_|$)|[%％]")


@dataclass(frozen=True)
class Label:
    """A Chinese label, and whether a person should look at it because it is only the source's own word."""

    zh: str
    open: bool


def snake(name: str) -> str:
    """Letters and digits of ASCII in snake case; other scripts fall out."""
    text = re.sub(r"%|％", " percent ", name)
    text = re.sub(r"['’`]", "", text)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def our_names(names: list[str]) -> dict[str, str]:
    """Source name → our name, all different."""
    taken: set[str] = set()
    found = {}
    for number, name in enumerate(names, 1):
        wish = _wish(name, number)
        ours, again = wish, 2
        while ours in taken:
            ours, again = f"{wish}_{again}", again + 1
        taken.add(ours)
        found[name] = ours
    return found


def _wish(name: str, number: int) -> str:
    if _HAN.search(name):
        return _from_chinese(name) or f"column_{number}"
    ours = _shortened(snake(name))
    if not ours:
        return f"column_{number}"
    return ours if ours[0].isalpha() else f"n_{ours}"


def _shortened(name: str) -> str:
    """A whole sentence as a name keeps its telling words: the first and the last ones."""
    if len(name) <= _LONGEST:
        return name
    words = [word for word in name.split("_") if not _EMPTY.fullmatch(word)]
    while len("_".join(words)) > _LONGEST and len(words) > 2:
        words.pop(len(words) // 2)
    return "_".join(words)[:63].strip("_")


_EMPTY = re.compile("the|an?|of|to|that|who|and|in|on|for|was|were|they|would|their|about|from|or|is")


def _from_chinese(name: str) -> str | None:
    """A name from the dictionary's words where they make up the whole header."""
    text = _BRACKETS.sub("", name)
    text = re.sub(r"[\s_/、:：%％]+", "", text)
    parts = _segments(text)
    if not parts:
        return None
    known = from_chinese()
    words = [known.get(part, part.lower()) for part in parts]
    if len(parts) > 1 and parts[-1] in DATE_PARTS:
        words[-1] = DATE_PARTS[parts[-1]]
    ours = snake("_".join(words))
    return ours if ours and ours[0].isalpha() and len(ours) <= 63 else None


def _segments(text: str) -> list[str] | None:
    """The longest words first; None where a part is in no dictionary."""
    known = from_chinese()
    parts: list[str] = []
    while text:
        ascii_part = re.match(r"[A-Za-z0-9]+", text)
        word = ascii_part[0] if ascii_part else next((text[:n] for n in range(min(8, len(text)), 0, -1) if text[:n] in known), None)
        if word is None:
            return None
        parts.append(word)
        text = text[len(word) :]
    return parts


def label(name: str, told: str | None) -> Label:
    """The Chinese label: what the source says, its Chinese header, or a translation of words that are all known."""
    for text in (told, name):
        if text and _HAN.search(text):
            return Label(_BRACKETS.sub("", text).strip() or text.strip(), False)
    words = snake(name).split("_")
    known = to_chinese()
    if name and all(word in known for word in words):
        return Label("".join(known[word] for word in words), len(words) > 1)
    return Label(told or name, True)


def unit_of(name: str, told: str | None) -> str | None:
    """A unit that the name or the label says."""
    for text in (name.lower(), snake(name), (told or "").lower()):
        for pattern, unit in UNITS:
            if re.search(pattern, text):
                return unit
    return None
