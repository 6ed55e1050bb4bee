"""A REST source that answers JSON or CSV, page by page."""

from collections.abc import Iterator

from connectors.gate import admit
from connectors.http import Body, HttpSource
from connectors.parse_csv import read_csv
from connectors.parse_json import Answer, JsonReader
from connectors.protocol import Page, Resolver, Window
from connectors.since import as_asked
from declarations.feed import FeedContract, PageCursor, PageNumber, RestSource
from declarations.problem import Problem

ACCEPT = {"json": "application/json", "csv": "text/csv"}


class RestConnector:
    """Pages of a REST endpoint, with paging, authentication and rate budget as the contract says."""

    def __init__(self, contract: FeedContract, resolve: Resolver) -> None:
        if not isinstance(contract.source, RestSource):
            raise TypeError(f"feed {contract.id} has no rest source")
        self._contract = contract
        self._source = contract.source
        self._connection = resolve(contract.source.connection)
        paging = contract.source.paging
        told = paging.next if isinstance(paging, PageCursor) else None
        told = paging.total_pages if isinstance(paging, PageNumber) else told
        self._json = JsonReader(contract, contract.source.records, told)

    def pages(self, window: Window) -> Iterator[Page]:
        """The pages of the window, in the order of the source."""
        source = self._source
        asked = dict(source.parameters)
        if source.cursor and window.since:
            asked[source.since_parameter] = as_asked(self._contract.column(source.cursor.column), window.since)
        with HttpSource(self._contract.id, self._connection, source.auth, source.timeout, source.rate.per_minute) as http:
            for answer in self._answers(http, asked):
                yield admit(self._contract, answer.records, answer.seen, answer.refused)

    def _answers(self, http: HttpSource, asked: dict[str, str]) -> Iterator[Answer]:
        paging = self._source.paging
        if isinstance(paging, PageNumber):
            yield from self._numbered(http, asked, paging)
        elif isinstance(paging, PageCursor):
            yield from self._chained(http, asked, paging)
        else:
            yield self._parse(http, self._get(http, asked), "the answer")

    def _numbered(self, http: HttpSource, asked: dict[str, str], paging: PageNumber) -> Iterator[Answer]:
        number, before = paging.first, b""
        while True:
            page = {paging.parameter: str(number), paging.size_parameter: str(paging.size)}
            body = self._get(http, {**asked, **page})
            answer = self._parse(http, body, f"page {number}")
            count = answer.records.num_rows + len(answer.refused)
            if count and body.content == before:
                what = f"page {number} is the same as the page before it."
                fix = f"check that the source knows the parameter '{paging.parameter}'."
                raise Problem(self._place(http), what, fix)
            yield answer
            if not count or self._is_last(http, answer, number - paging.first + 1, count < paging.size):
                return
            number, before = number + 1, body.content

    def _is_last(self, http: HttpSource, answer: Answer, fetched: int, short: bool) -> bool:
        if answer.told is None:
            return short
        try:
            return fetched >= int(answer.told)
        except ValueError:
            fix = "correct 'paging.total_pages' of the feed's source."
            raise Problem(self._place(http), "the number of pages in the answer is no whole number.", fix) from None

    def _chained(self, http: HttpSource, asked: dict[str, str], paging: PageCursor) -> Iterator[Answer]:
        size = {paging.size_parameter: str(paging.size)} if paging.size_parameter else {}
        cursor: str | None = None
        number = 0
        seen: set[str] = set()
        while True:
            number += 1
            here = {paging.parameter: cursor} if cursor else {}
            answer = self._parse(http, self._get(http, {**asked, **size, **here}), f"page {number}")
            yield answer
            cursor = answer.told
            if not cursor:
                return
            if cursor in seen:
                what = f"page {number} names a next page that was fetched already."
                raise Problem(self._place(http), what, f"check 'paging.next' ('{paging.next}') of the feed's source.")
            seen.add(cursor)

    def _get(self, http: HttpSource, asked: dict[str, str]) -> Body:
        body = http.get(self._source.path, asked, ACCEPT[self._source.format])
        if body is None:
            raise AssertionError("get answers None only where a missing answer is allowed")
        return body

    def _parse(self, http: HttpSource, body: Body, page: str) -> Answer:
        place = f"{self._place(http)}, {page}"
        if self._source.format == "json":
            return self._json.read(body.content, place)
        wanted = [column.source_name for column in self._contract.columns]
        table, names, refused = read_csv(body.content, place, wanted, body.charset or "utf-8")
        return Answer(table, frozenset(names), tuple(refused), None)

    def _place(self, http: HttpSource) -> str:
        return http.place(http.url(self._source.path))
