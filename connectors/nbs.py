"""Data as the National Bureau of Statistics 国家统计局 and many local bureaus publish it: nodes of zb × reg × sj.

A value counts as published only where ``hasdata`` is true; else it is missing and never the 0 that stands beside it. The
value is the text that the bureau shows (``strdata``, rounded as published), not the machine number behind it.
"""

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.gate import admit
from connectors.http import HttpSource
from connectors.parse_nbs import read_nodes
from connectors.protocol import Page, Resolver, Window
from declarations.feed import FeedContract, NbsSource

TIME = "sj"
_STEPS = {"nd": "year", "jd": "quarter", "yd": "month"}  # how a database's code ends


class NbsConnector:
    """A page for each combination of the fixed dimensions' codes: the bureau takes one code of them a request."""

    def __init__(self, contract: FeedContract, resolve: Resolver) -> None:
        if not isinstance(contract.source, NbsSource):
            raise TypeError(f"feed {contract.id} has no nbs source")
        self._contract = contract
        self._source = contract.source
        self._connection = resolve(contract.source.connection)

    def pages(self, window: Window) -> Iterator[Page]:
        """The pages of the window. Raises Problem where an answer has another return code than 200, or another form."""
        source, contract = self._source, self._contract
        with HttpSource(contract.id, self._connection, source.auth, source.timeout, source.rate) as http:
            for fixed in self._fixed():
                asked = self._asked(fixed, window)
                body = http.send("GET", source.path, asked, accept="application/json")
                if body is None:
                    raise AssertionError("an answer is None only where a missing one is allowed")
                place = ", ".join([http.place(http.url(source.path)), *(f"{name} {code}" for name, code in fixed.items())])
                table, seen, refused = read_nodes(body.content, body.charset or "utf-8", place)
                declared = {column.source_name for column in contract.columns} | set(contract.left_out)
                yield admit(contract, table, (seen - _ADDED) | (declared & seen), refused)

    def _fixed(self) -> Iterator[dict[str, str]]:
        """Each combination of codes of the dimensions that are neither rows nor columns."""
        source = self._source
        fixed = {name: codes for name, codes in source.where.items() if name not in (source.rows, source.columns)}
        for codes in itertools.product(*fixed.values()):
            yield dict(zip(fixed, codes, strict=True))

    def _asked(self, fixed: Mapping[str, str], window: Window) -> dict[str, str]:
        source = self._source
        shown = {name: ",".join(codes) for name, codes in source.where.items() if name in (source.rows, source.columns)}
        periods = self._periods(window)
        if periods:
            shown[TIME] = periods
        return {
            "m": "QueryData",
            "dbcode": source.database,
            "rowcode": source.rows,
            "colcode": source.columns,
            "wds": _words(fixed),
            "dfwds": _words(shown),
            "k1": str(int(time.time() * 1000)),
            **source.parameters,
        }

    def _periods(self, window: Window) -> str | None:
        """The window as the bureau says it: ``2020-`` from then on, ``2020-2024`` with an end; None: as ``where`` says."""
        if self._source.cursor is None or not (window.since or window.until):
            return None
        since, until = (self._period(text) if text else "" for text in (window.since, window.until))
        return f"{since or '1949'}-{until}"

    def _period(self, text: str) -> str:
        """The code of the period in which a cursor value lies; a code is taken as it is."""
        if self._source.cursor is None or self._contract.column(self._source.cursor.column).type not in ("date", "timestamp"):
            return text
        day = datetime.fromisoformat(text)
        step = _STEPS.get(self._source.database[-2:], "year")
        return {"year": f"{day.year}", "quarter": f"{day.year}{'ABCD'[(day.month - 1) // 3]}", "month": f"{day:%Y%m}"}[step]


def _words(codes: Mapping[str, str]) -> str:
    words: list[dict[str, Any]] = [{"wdcode": name, "valuecode": code} for name, code in codes.items()]
    return json.dumps(words, separators=(",", ":"))


_ADDED = frozenset({"zb_name", "reg_name", "sj_name", "unit", "period_start", "period_end"})
