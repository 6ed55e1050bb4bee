"""An SDMX data flow that answers SDMX-CSV; 404 where nothing changed, as SDMX has it."""

import csv
import io
from datetime import datetime

from conformance.doubles.double import spoilt
from conformance.doubles.http_double import HttpDouble
from conformance.doubles.http_server import Reply, Request
from declarations.feed import FeedContract


class SdmxDouble(HttpDouble):
    """One answer with all observations, or those updated after the date that is asked for."""

    lacks = {"pages": "SDMX answers in one piece."}

    def __init__(self, contract: FeedContract, begin: datetime) -> None:
        super().__init__(contract, begin)
        self.traits = self.traits | {"any_order"}

    def deliver(self, request: Request) -> Reply:
        """SDMX-CSV 1.0; the columns of its envelope stand empty unless the contract leaves them out (then: a person)."""
        asked = request.asked.get(self.source.since_parameter)
        rows = self.since(asked)
        if asked and not rows:
            return Reply(b"no observation", 404)
        if self.shuffled:
            rows.reverse()
        out = io.StringIO()
        names = self.names()
        writer = csv.DictWriter(out, names, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.wire_text(row) for row in rows)
        kind = "application/vnd.sdmx.data+csv;version=1.0.0;charset=utf-8"
        return Reply(spoilt(out.getvalue().encode(), "utf-8"), headers={"Content-Type": kind})
