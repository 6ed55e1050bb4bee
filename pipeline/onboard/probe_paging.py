"""How an endpoint parts its answers into pages, found with a handful of requests: what it says itself first, then by trying."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from pipeline.onboard.sample_endpoint import Endpoint, Got

SIZES = ("page_size", "pageSize", "per_page", "limit", "size", "rows", "pagesize", "$top", "count")
PAGES = ("page", "pageNo", "pageNum", "page_no", "pageNumber", "page_number", "current", "pn", "p")
OFFSETS = ("offset", "skip", "start", "$skip", "from")
_NEXT_URL = re.compile(r"(^|[._@])(next|next_?(page_?)?(url|link|href)|nextlink)$", re.IGNORECASE)
_NEXT_CURSOR = re.compile(r"(^|[._])(next_?(cursor|token|page_?token|key|marker)?|cursor|continuation(_?token)?)$", re.IGNORECASE)
_TOTAL_PAGES = re.compile(r"(^|[._])(total_?pages?|pages?_?(count|total)|pages|last_?page)$", re.IGNORECASE)
_TOTAL = re.compile(r"(^|[._])(total|total_?(count|records|items|elements|rows|results)|records_?total|count|numfound)$", re.IGNORECASE)
_LINK = re.compile(r'<([^>]+)>\s*;[^,]*rel="?next"?', re.IGNORECASE)
TRIED = 3
USUAL_SIZE = 1000
Turn = Callable[["Endpoint", "Got", int, int], "Got | None"]


@dataclass(frozen=True)
class Size:
    """The parameter for a page's size, and the largest size that the source keeps (of 1000)."""

    parameter: str
    largest: int


@dataclass(frozen=True)
class Found:
    """The contract's ``paging``, why, and how to turn the page: endpoint, page now, number of the wanted page, rows so far."""

    declared: dict[str, Any]
    why: str
    turn: Turn | None = None
    first_size: dict[str, str] = field(default_factory=dict)
    total: int | None = None

    def page(self, endpoint: "Endpoint", now: "Got", number: int, rows: int) -> "Got | None":
        return self.turn(endpoint, now, number, rows) if self.turn else None

    def whole(self, pages: int, rows: int, first: "Got") -> bool:
        """Whether what was fetched is all that there is."""
        return rows >= self.total if self.total is not None else self.turn is None and pages == 1 and first.count > 0


def find_size(endpoint: "Endpoint", first: "Got") -> Size | None:
    """The parameter with which only a few records come."""
    if first.count <= TRIED:
        return None
    said = [name for name in SIZES if name in _last_names(first)]
    for name in dict.fromkeys([*said, *SIZES]):
        got = endpoint.tries(**{name: str(TRIED)})
        if got is not None and got.count == TRIED:
            many = endpoint.tries(**{name: str(USUAL_SIZE)})
            return Size(name, max(many.count if many is not None else first.count, TRIED))
    return None


def find_paging(endpoint: "Endpoint", first: "Got", size: Size | None) -> Found:
    """The way to the further pages; everything in one answer where no way was found."""
    total = _total(first)
    beside = {"total": total[0]} if total else {}
    said = _said_next(endpoint, first, size) or _tried(endpoint, first, size)
    if said is None:
        why = "all in one answer: no word of further pages in it, and the usual parameters change nothing"
        return Found({"by": "none"}, why, total=total[1] if total else None)
    declared, why, turn = said
    sized = {size.parameter: str(_size(size))} if size else {}
    return Found({**declared, **beside}, why, turn, sized, total[1] if total else None)


def _said_next(endpoint: "Endpoint", first: "Got", size: Size | None) -> tuple[dict[str, Any], str, Turn] | None:
    """What the answer itself says: a Link header, the next page's address, a cursor."""
    sized = {"size_parameter": size.parameter, "size": _size(size)} if size else {}
    if _LINK.search(str(first.headers.get("link", ""))):
        return {"by": "link_header", **sized}, "the answer has a Link header with rel=next", _turn_link
    for path, value in first.beside.items():
        if not isinstance(value, str) or not value:
            continue
        if _NEXT_URL.search(path) and ("://" in value or value.startswith(("/", "?"))):
            return {"by": "next_url", "next": path, **sized}, "the answer names the next page's address", _turn_url(path)
    for path, value in first.beside.items():
        if _NEXT_CURSOR.search(path) and value not in (None, "", False) and not isinstance(value, bool):
            parameter = _cursor_parameter(endpoint, first, path, str(value))
            if parameter:
                cursor = {"by": "cursor", "parameter": parameter, "next": path, "size_parameter": size.parameter if size else None}
                return (
                    {**cursor, **({"size": _size(size)} if size else {})},
                    "the answer names a cursor; tried",
                    _turn_cursor(path, parameter),
                )
    return None


def _tried(endpoint: "Endpoint", first: "Got", size: Size | None) -> tuple[dict[str, Any], str, Turn] | None:
    """Page numbers or offsets, by asking for the second page and comparing its rows with the first answer's."""
    small = {size.parameter: str(TRIED)} if size else {}
    step = TRIED if size else first.count
    pages = dict.fromkeys([*(name for name in PAGES if name in _last_names(first)), *PAGES])
    if first.count <= 1:
        return None
    for name in pages:
        base = _first_page(endpoint, first, name, small, step)
        if base is not None:
            declared = {"by": "page_number", "parameter": name, **({"first": 0} if base == 0 else {})}
            declared |= {"size_parameter": size.parameter, "size": _size(size)} if size else {"size": first.count}
            pages_path = next((path for path, value in first.beside.items() if _TOTAL_PAGES.search(path) and _whole(value)), None)
            declared |= {"total_pages": pages_path} if pages_path else {}
            return declared, f"tried: '{name}' turns the page", _turn_page(name, base, size)
    for name in OFFSETS:
        got = endpoint.tries(**{name: "1"}, **small)
        if got is not None and got.count and _row(got, 0) == _row(first, 1) != _row(first, 0):
            declared = {"by": "offset", "parameter": name}
            declared |= {"size_parameter": size.parameter, "size": _size(size)} if size else {"size": first.count}
            return declared, f"tried: '{name}' skips records", _turn_offset(name, size)
    return None


def _first_page(endpoint: "Endpoint", first: "Got", name: str, small: dict[str, str], step: int) -> int | None:
    """The number of the first page (1 or 0) where the parameter turns pages, else None."""
    second = endpoint.tries(**{name: "2"}, **small)
    if second is None or (second.count and _row(second, 0) == _row(first, 0)):
        return None
    one = endpoint.tries(**{name: "1"}, **small)
    if one is None or not one.count:
        return None
    if _row(one, 0) == _row(first, 0):
        known = first.count > step
        follows = second.count and (_row(second, 0) == _row(first, step) if known else True)
        return 1 if follows else None
    if first.count > step and _row(one, 0) == _row(first, step):
        return 0
    return None


def _cursor_parameter(endpoint: "Endpoint", first: "Got", path: str, value: str) -> str | None:
    name = path.rpartition(".")[2]
    bare = re.sub(r"^next_?", "", name, flags=re.IGNORECASE)
    bare = bare[:1].lower() + bare[1:]
    for parameter in dict.fromkeys(part for part in (bare, "cursor", "page_token", "pageToken", "after", "token", "next", name) if part):
        got = endpoint.tries(**{parameter: value})
        if got is not None and got.count and _row(got, 0) != _row(first, 0):
            return parameter
    return None


def _turn_link(endpoint: "Endpoint", now: "Got", number: int, rows: int) -> "Got | None":
    found = _LINK.search(str(now.headers.get("link", "")))
    return endpoint.ask_url(found[1]) if found and "://" in found[1] else None


def _turn_url(path: str) -> Turn:
    def turn(endpoint: "Endpoint", now: "Got", number: int, rows: int) -> "Got | None":
        address = now.beside.get(path)
        return endpoint.ask_url(str(address)) if address and "://" in str(address) else None

    return turn


def _turn_cursor(path: str, parameter: str) -> Turn:
    def turn(endpoint: "Endpoint", now: "Got", number: int, rows: int) -> "Got | None":
        value = now.beside.get(path)
        return endpoint.tries(**{parameter: str(value)}) if value else None

    return turn


def _turn_page(name: str, base: int, size: Size | None) -> Turn:
    def turn(endpoint: "Endpoint", now: "Got", number: int, rows: int) -> "Got | None":
        return endpoint.tries(**{name: str(base + number - 1)}, **({size.parameter: str(_size(size))} if size else {}))

    return turn


def _turn_offset(name: str, size: Size | None) -> Turn:
    def turn(endpoint: "Endpoint", now: "Got", number: int, rows: int) -> "Got | None":
        return endpoint.tries(**{name: str(rows)}, **({size.parameter: str(_size(size))} if size else {}))

    return turn


def _size(size: Size) -> int:
    """The size to ask for: a thousand, or the most that the source gave when asked for a thousand."""
    return USUAL_SIZE if size.largest <= TRIED else min(USUAL_SIZE, size.largest)


def _total(first: "Got") -> tuple[str, int] | None:
    """Where the number of all records stands: in the answer or a header."""
    for path, value in first.beside.items():
        if _TOTAL.search(path) and _whole(value) and int(value) >= first.count:
            return path, int(value)
    for name in ("X-Total-Count", "X-Total"):
        value = first.headers.get(name)
        if _whole(value) and int(str(value)) >= first.count:
            return f"header:{name}", int(str(value))
    return None


def _whole(value: Any) -> bool:
    return not isinstance(value, bool) and str(value).isdecimal()


def _row(got: "Got", number: int) -> list[str | None]:
    rows: pa.Table = got.rows
    return [rows.column(name)[number].as_py() for name in sorted(rows.column_names)] if number < rows.num_rows else []


def _last_names(first: "Got") -> set[str]:
    return {path.rpartition(".")[2] for path in first.beside}
