"""Sends what a pager asks for; a page that is known before the one in hand is parsed is on its way meanwhile."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from connectors.http import Body, HttpSource
from connectors.rest.answers import ACCEPT
from connectors.rest.pagers import Ask
from declarations.feed import RestSource
from declarations.problem import Problem


class Fetcher:
    """One request at a time, in this thread or in one of its own. Close it, or use it as a context manager."""

    def __init__(self, http: HttpSource, source: RestSource) -> None:
        self._http = http
        self._source = source
        self._thread = ThreadPoolExecutor(1, "page-under-way")
        self._coming: tuple[Ask, Future[Body]] | None = None
        self._was_wrong = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown(cancel_futures=True)

    def expect(self, ask: Ask | None, place: str) -> None:
        """Send a question that will most likely be asked next. A wrong guess costs a request and changes nothing: so only GETs
        are guessed, and never again after one that was wrong."""
        if ask is not None and self._source.method == "GET" and not self._was_wrong:
            self._coming = ask, self._thread.submit(self._send, ask, place)

    def get(self, ask: Ask, place: str) -> Body:
        """The answer. Raises Problem, which names the page."""
        if self._coming is None:
            return self._send(ask, place)
        (expected, coming), self._coming = self._coming, None
        if expected == ask:
            return coming.result()
        self._was_wrong = True
        coming.exception()  # one request at a time
        return self._send(ask, place)

    def _send(self, ask: Ask, place: str) -> Body:
        source = self._source
        try:
            body = self._http.send(source.method, ask.target, ask.parameters, source.send, ACCEPT[source.format])
        except Problem as problem:
            if problem.place in place:  # the transport does not know which page it was
                raise type(problem)(place, problem.what, problem.fix) from None
            raise
        if body is None:
            raise AssertionError("an answer is None only where a missing one is allowed")
        return body
