"""Which page comes next: one class a way of paging, told by the contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin

from requests.utils import parse_header_links

from connectors.gate import as_text, one_array
from connectors.parse_json import Answer
from declarations.feed import Keyset, LinkHeader, Offset, OnePage, PageCursor, PageNumber, RestSource
from declarations.feed.paging import NextUrl
from declarations.problem import Problem

MAX_EMPTY_PAGES = 1000


@dataclass(frozen=True)
class Ask:
    """What to ask for: a path below the connection's address or a whole address on its host, and the parameters."""

    target: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Got:
    """A page as it came. ``fetched`` counts the records so far, this page's included; ``total`` is what the source said."""

    answer: Answer
    url: str
    place: str
    number: int
    fetched: int
    total: int | None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.answer.records.num_rows + len(self.answer.refused)


class Pager(Protocol):
    """Pages of one window. Raises Problem where the source leads in a circle."""

    def first(self) -> Ask: ...

    def after(self, got: Got) -> Ask | None:
        """What to ask for after this page; None where it was the last."""
        ...


def pager_for(source: RestSource, parameters: Mapping[str, str]) -> Pager:
    """The pager of a source that is asked with these parameters."""
    paging = source.paging
    kinds: dict[str, Any] = {
        "none": _One, "page_number": _Numbered, "offset": _Offset, "cursor": _Chained,
        "link_header": _Linked, "next_url": _NextUrls, "keyset": _Keyset,
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


class _Numbered(_One):
    _paging: PageNumber

    def first(self) -> Ask:
        return self._page(self._paging.first)

    def _page(self, number: int) -> Ask:
        return Ask(self._source.path, {**self._parameters, self._paging.parameter: str(number)})

    def after(self, got: Got) -> Ask | None:
        told = got.answer.told.get(self._paging.total_pages or "")
        last = _is_last(got, self._paging.size) if told is None else got.number >= whole_number(told, got.place, "paging.total_pages")
        return None if last else self._page(self._paging.first + got.number)


class _Offset(_One):
    _paging: Offset

    def first(self) -> Ask:
        return Ask(self._source.path, {**self._parameters, self._paging.parameter: "0"})

    def after(self, got: Got) -> Ask | None:
        if _is_last(got, self._paging.size):
            return None
        return Ask(self._source.path, {**self._parameters, self._paging.parameter: str(got.fetched)})


class _Chained(_One):
    _paging: PageCursor

    def after(self, got: Got) -> Ask | None:
        cursor = got.answer.told.get(self._paging.next)
        if not cursor:
            return None
        self._on(got, cursor, f"paging.next' ('{self._paging.next}")
        return Ask(self._source.path, {**self._parameters, self._paging.parameter: cursor})


class _Linked(_One):
    _paging: LinkHeader

    def after(self, got: Got) -> Ask | None:
        links = parse_header_links(got.headers.get("link") or "")
        onward = [link["url"] for link in links if "next" in link.get("rel", "").lower().split()]
        return self._follow(got, onward[0], "paging.by") if onward else None

    def _follow(self, got: Got, onward: str, option: str) -> Ask:
        """The next page's address has its parameters; those of a POST's body are sent again."""
        url = urljoin(got.url, onward)
        self._on(got, url, option)
        return Ask(url, {} if self._source.send == "query" else self._parameters)


class _NextUrls(_Linked):
    _paging: NextUrl  # type: ignore[assignment]

    def after(self, got: Got) -> Ask | None:
        onward = got.answer.told.get(self._paging.next)
        return self._follow(got, onward, f"paging.next' ('{self._paging.next}") if onward else None


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
