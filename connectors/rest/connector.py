"""A REST source: its pages, window by window, fetched ahead and checked to be a whole."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from connectors.ahead import ahead
from connectors.gate import admit
from connectors.http import HttpSource
from connectors.protocol import Page, Resolver, Window
from connectors.rest.answers import AnswerReader
from connectors.rest.controls import Controls
from connectors.rest.fetcher import Fetcher
from connectors.rest.pagers import Ask, Came, Got, pager_for
from connectors.rest.spans import Span, spans
from connectors.rest.tally import Tally
from declarations.feed import FeedContract, RestSource


def _utc_now() -> datetime:
    return datetime.now(UTC)


class RestConnector:
    """Pages of a REST endpoint, with paging, authentication and rate budget as the contract says.

    ``now`` tells where the last slice of an open window lies.
    """

    def __init__(self, contract: FeedContract, resolve: Resolver, now: Callable[[], datetime] = _utc_now) -> None:
        if not isinstance(contract.source, RestSource):
            raise TypeError(f"feed {contract.id} has no rest source")
        self._contract = contract
        self._source = contract.source
        self._connection = resolve(contract.source.connection)
        self._reader = AnswerReader(contract, contract.source)
        self._now = now
        self._own_doubles: set[int] = set()

    def pages(self, window: Window) -> Iterator[Page]:
        """The pages of the window, in the order of the source; its slices oldest first.

        Raises SourceChanged where the pages are no whole, maybe only after the last one: then none of them may be kept.
        """
        return ahead(self._pages(window))

    def _pages(self, window: Window) -> Generator[Page]:
        source = self._source
        controls = Controls(source.controls)
        with HttpSource(self._contract.id, self._connection, source.auth, source.timeout, source.rate) as http:
            for span in spans(self._contract, source, window, self._now()):
                for got in self._answers(http, span):
                    answer = got.answer
                    page = admit(self._contract, answer.records, answer.seen, answer.refused)
                    yield replace(page, controls=controls.of(answer.told))
                controls.end_of_span()

    def _answers(self, http: HttpSource, span: Span) -> Iterator[Got]:
        """The answers for one stretch of time, page by page."""
        pager = pager_for(self._source, self._parameters(span))
        tally = Tally(self._contract, self._source.paging.total, self._own_doubles)
        where = f"{http.place(http.url(self._source.path))}" + (f", {span.name}" if span.name else "")
        ask: Ask | None = pager.first()
        number = 0
        with Fetcher(http, self._source) as fetcher:
            while ask is not None:
                number += 1
                place = f"{where}, {'the answer' if self._source.paging.by == 'none' else f'page {number}'}"
                body = fetcher.get(ask, place)
                came = Came(body, place, number, tally.fetched, tally.total)
                fetcher.expect(pager.guess(came), f"{where}, page {number + 1}")
                answer = self._reader.read(body, place)
                tally.add(answer, place)
                got = Got(body, place, number, tally.fetched, tally.total, answer)
                yield got
                ask = pager.after(got)
        tally.finish(where)

    def _parameters(self, span: Span) -> dict[str, str]:
        source, ends = self._source, {}
        if span.since is not None:
            ends[source.since_parameter] = span.since
        if span.until is not None and source.until_parameter:
            ends[source.until_parameter] = span.until
        return {**source.parameters, **ends}
