"""A connector as people write it in an afternoon: ``requests``, a loop, and what the afternoon was too short for.

With every switch at its good side it passes; each planted fault turns one.
"""

import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import requests

from connectors.gate import admit
from connectors.protocol import Page, Window
from declarations.problem import Problem, SourceAway


class Naive:
    """Cursor paging, page numbers or one answer of JSON; an API key or OAuth2."""

    redirects = False
    timeout: float | None = 1.0
    tries = 4
    patient = True  # waits before it asks again
    listens = True  # to Retry-After
    insists = False  # asks again after a refusal, too
    renews = True  # an OAuth2 token
    offers = "gzip, zstd"
    errors = "strict"
    gate = True
    leaks = False

    def __init__(self, contract: Any, resolve: Any) -> None:
        self.contract, self.source = contract, contract.source
        self.connection = resolve(contract.source.connection)
        self.place = f"feed {contract.id}: connection '{self.connection.id}'"
        host = self.connection.host if self.connection.port in (None, 80) else f"{self.connection.host}:{self.connection.port}"
        self.base = f"http://{host}"
        self.token = ""

    def pages(self, window: Window) -> Iterator[Page]:
        asked: dict[str, Any] = {self.source.since_parameter: window.since} if window.since else {}
        paging, number = self.source.paging, 1
        while True:
            if paging.by != "none":
                asked |= {paging.size_parameter: paging.size}
            if paging.by == "page_number":
                asked[paging.parameter] = number
            said = self._json(asked)
            records = said
            for part in self.source.records.split("."):
                records = records[part]
            yield self._page(records)
            number += 1
            told = said.get(paging.next) if paging.by == "cursor" else None
            if told:
                asked[paging.parameter] = told
            elif paging.by != "page_number" or len(records) < paging.size:
                return

    def _page(self, records: list[dict[str, Any]]) -> Page:
        texts = [{k: v if v is None or isinstance(v, str) else str(v).lower() for k, v in record.items()} for record in records]
        seen = list(texts[0]) if texts else []
        if self.leaks and texts:
            name = next(c.name for c in self.contract.columns if c.type == "string" and not c.key)
            texts = [{**text, name: text[next(iter(self.contract.left_out))]} for text in texts]
        table = pa.table({name: pa.array([text[name] for text in texts], pa.string()) for name in seen})
        if self.gate or not texts:
            return admit(self.contract, table, seen)
        return Page(table.select([c.source_name for c in self.contract.columns]).rename_columns(self.contract.names), frozenset(seen))

    def _json(self, asked: dict[str, Any]) -> Any:
        import json

        answer = self._asked(asked)
        try:
            return json.loads(answer.content.decode("utf-8", errors=self.errors))
        except ValueError:
            raise Problem(self.place, "answered no JSON.", "correct 'path'.") from None

    def _asked(self, asked: dict[str, Any]) -> requests.Response:
        answer: requests.Response | None = None
        for number in range(self.tries):
            try:
                answer = requests.get(
                    f"{self.base}{self.source.path}",
                    params=asked,
                    headers={**self._signed(), "Accept-Encoding": self.offers},
                    timeout=self.timeout,
                    allow_redirects=self.redirects,
                )
            except requests.RequestException as error:
                raise SourceAway(self.place, f"cannot be reached ({type(error).__name__}).", "try again later.") from None
            if answer.status_code == 200:
                return answer
            if answer.status_code == 401 and self.renews and self.token and number == 0:
                self.token = ""
            elif answer.status_code < 429 and not self.insists:
                break
            elif self.patient:
                time.sleep(float(answer.headers.get("retry-after", 1)) if self.listens else 1)
        assert answer is not None
        raise SourceAway(self.place, f"answered {answer.status_code}.", "correct the connection, or try again later.")

    def _signed(self) -> dict[str, str]:
        auth = self.source.auth
        if auth.scheme == "api_key":
            return {auth.header: self.connection.password}
        if not self.token:
            form = {"grant_type": "client_credentials", "client_id": self.connection.login, "client_secret": self.connection.password}
            self.token = requests.post(f"{self.base}{auth.token_path}", data=form, timeout=5).json()["access_token"]
        return {"Authorization": f"Bearer {self.token}"}


class FollowsRedirects(Naive):
    redirects = True


class NoTimeOut(Naive):
    timeout = None


class GivesUpAtOnce(Naive):
    tries = 1


class AsksAgainAtOnce(Naive):
    patient = False


class IgnoresRetryAfter(Naive):
    listens = False


class InsistsOnRefusals(Naive):
    tries = 14
    insists = True


class NeverRenewsItsToken(Naive):
    renews = False


class NeverUnpacks(Naive):
    offers = "identity"


class GuessesBytes(Naive):
    errors = "replace"


class PassesByTheGate(Naive):
    gate = False


class LeaksLeftOutColumn(Naive):
    leaks = True
