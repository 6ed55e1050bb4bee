"""Which page comes next: one class a way of paging, told by the contract."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin

from requests.utils import parse_header_links

from connectors.gate import as_text, one_array
from connectors.http import Body
from connectors.parse_json import Answer
from declarations.feed import Keyset, NextUrl, Offset, OnePage, PageCursor, PageNumber, RestSource
from declarations.feed.paging import HEADER
from declarations.problem import Problem

MAX_EMPTY_PAGES = 1000
NEAR_BYTES = 2048


@dataclass(frozen=True)
class Ask:
    """What to ask for: a path below the connection's address or a whole address on its host, and the parameters."""

    target: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Came:
    """A page as it came over the wire. ``fetched`` counts the records so far; ``total`` is what the source said, if it did."""

    body: Body
    place: str
    number: int
    fetched: int
    total: int | None


@dataclass(frozen=True)
class Got(Came):
    """A parsed page; ``fetched`` counts its records too."""

    answer: Answer

    @property
    def count(self) -> int:
        return self.answer.records.num_rows + len(self.answer.refused)


class Pager(Protocol):
    """Pages of one window. Raises Problem where the source leads in a circle."""

    def first(self) -> Ask: ...

    def after(self, got: Got) -> Ask | None:
        """What to ask for after this page; None where it was the last."""
        ...

    def guess(self, came: Came) -> Ask | None:
        """What will be asked for after this page, as far as that shows before it is parsed."""
        ...


def pager_for(source: RestSource, parameters: Mapping[str, str]) -> Pager:
    """The pager of a source that is asked with these parameters."""
    paging = source.paging
    kinds: dict[str, Any] = {
        "none": _One, "page_number": _Numbered, "offset": _Offset, "cursor": _Chained,
        "link_header": _Linked, "next_url": _Chained, "keyset": _Keyset,
    }  # fmt: skip
    asked = dict(parameters)
    if not isinstance(paging, OnePage) and paging.size_parameter:
        asked[paging.size_parameter] = str(paging.size)
    pager: Pager = kinds[paging.by](source, paging, asked)
    return pager


class _One:
    def __init__(self, source: RestSource, paging: Any, parameters: Mapping[str, str]) -> None:
        self._source = source
        self._paging = paging
        self._parameters = parameters
        self._been: set[str] = set()
        self._empty = 0

    def first(self) -> Ask:
        return Ask(self._source.path, self._parameters)

    def after(self, got: Got) -> Ask | None:
        return None

    def guess(self, came: Came) -> Ask | None:
        return None

    def _on(self, got: Got, where: str, option: str) -> None:
        """Raise Problem where ``where`` was asked for already, or too many pages in a row had nothing."""
        fix = f"check '{option}' of the feed's source."
        if where in self._been:
            raise Problem(got.place, "names a next page that was fetched already.", fix)
        self._been.add(where)
        self._empty = 0 if got.count else self._empty + 1
        if self._empty >= MAX_EMPTY_PAGES:
            raise Problem(got.place, f"is the {self._empty}th page in a row without a record, and there is no end.", fix)


def _is_last(got: Got, size: int) -> bool:
    """Whether counted pages are at their end: by the total where the source tells one, else by the first short page."""
    return not got.count or (got.count < size if got.total is None else got.fetched >= got.total)


def _is_full_and_more(came: Came, size: int) -> bool:
    """Whether all pages before this one were full, and the total says that there is more after this one."""
    return came.fetched == (came.number - 1) * size and came.fetched + size < (came.total or 0)


class _Numbered(_One):
    _paging: PageNumber
    _pages = 0  # as the source said last

    def first(self) -> Ask:
        return self._page(self._paging.first)

    def _page(self, number: int) -> Ask:
        return Ask(self._source.path, {**self._parameters, self._paging.parameter: str(number)})

    def after(self, got: Got) -> Ask | None:
        told = got.answer.told.get(self._paging.total_pages or "")
        if told is not None:
            self._pages = whole_number(told, got.place, "paging.total_pages")
        last = got.number >= self._pages if told is not None else _is_last(got, self._paging.size)
        return None if last else self._page(self._paging.first + got.number)

    def guess(self, came: Came) -> Ask | None:
        more = came.number < self._pages or _is_full_and_more(came, self._paging.size)
        return self._page(self._paging.first + came.number) if more else None


class _Offset(_One):
    _paging: Offset

    def first(self) -> Ask:
        return self._from(0)

    def _from(self, offset: int) -> Ask:
        return Ask(self._source.path, {**self._parameters, self._paging.parameter: str(offset)})

    def after(self, got: Got) -> Ask | None:
        return None if _is_last(got, self._paging.size) else self._from(got.fetched)

    def guess(self, came: Came) -> Ask | None:
        return self._from(came.fetched + self._paging.size) if _is_full_and_more(came, self._paging.size) else None


class _Chained(_One):
    """Pages of which each names the next one."""

    _paging: PageCursor | NextUrl

    def after(self, got: Got) -> Ask | None:
        onward = got.answer.told.get(self._paging.next)
        if not onward:
            return None
        ask = self._ask(got.body, onward)
        self._on(got, onward, f"paging.next' ('{self._paging.next}")
        return ask

    def guess(self, came: Came) -> Ask | None:
        path = self._paging.next
        if path.startswith(HEADER):
            onward = came.body.headers.get(path.removeprefix(HEADER))
        else:
            onward = _peek(came.body.content, path.rpartition(".")[2]) if self._source.format == "json" else None
        return self._ask(came.body, onward) if onward and onward not in self._been else None

    def _ask(self, body: Body, onward: str) -> Ask:
        if isinstance(self._paging, PageCursor):
            return Ask(self._source.path, {**self._parameters, self._paging.parameter: onward})
        return _address(self._source, self._parameters, body, onward)


class _Linked(_One):
    def after(self, got: Got) -> Ask | None:
        onward = _next_link(got.body)
        if onward is None:
            return None
        self._on(got, onward, "paging.by")
        return _address(self._source, self._parameters, got.body, onward)

    def guess(self, came: Came) -> Ask | None:
        onward = _next_link(came.body)
        return _address(self._source, self._parameters, came.body, onward) if onward and onward not in self._been else None


def _address(source: RestSource, parameters: Mapping[str, str], body: Body, onward: str) -> Ask:
    """The next page's address has its parameters; those of a POST's body are sent again."""
    return Ask(urljoin(body.url, onward), {} if source.send == "query" else parameters)


def _next_link(body: Body) -> str | None:
    links = parse_header_links(body.headers.get("link") or "")
    return next((str(link["url"]) for link in links if "next" in link.get("rel", "").lower().split()), None)


def _peek(content: bytes, key: str) -> str | None:
    """The one text or number that stands at a key near the begin or end of a JSON answer."""
    near = content if len(content) <= 2 * NEAR_BYTES else content[:NEAR_BYTES] + b"\n" + content[-NEAR_BYTES:]
    found = re.findall(re.escape(json.dumps(key, ensure_ascii=False)).encode() + rb'\s*:\s*("(?:[^"\\]|\\.)*"|-?[0-9]+)', near)
    try:
        return str(json.loads(found[0])) if len(found) == 1 else None
    except ValueError:
        return None


class _Keyset(_One):
    _paging: Keyset

    def after(self, got: Got) -> Ask | None:
        if _is_last(got, self._paging.size):
            return None
        name, records = self._paging.column, got.answer.records
        last = as_text(one_array(records.column(name)))[-1].as_py() if records.num_rows and name in records.column_names else None
        if last is None:
            fix = "correct 'paging.column' of the feed's source: it must stand in every record."
            raise Problem(got.place, f"its last record has no '{name}', so the next page cannot be asked for.", fix)
        self._on(got, last, f"paging.column' ('{name}")
        return Ask(self._source.path, {**self._parameters, self._paging.parameter: last})


def whole_number(text: str, place: str, option: str) -> int:
    """The number. Raises Problem where the text is none."""
    try:
        return int(text)
    except ValueError:
        what = f"what stands at '{option}' is no whole number."
        raise Problem(place, what, f"correct '{option}' of the feed's source.") from None
