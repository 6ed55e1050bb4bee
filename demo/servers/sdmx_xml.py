"""SDMX-ML 2.1 generic data, and its error message."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
from starlette.responses import Response

MEDIA_TYPE = "application/vnd.sdmx.genericdata+xml; version=2.1"
_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<message:GenericData xmlns:message="{_BASE}/message" xmlns:generic="{_BASE}/data/generic" xmlns:common="{_BASE}/common">
<message:Header><message:ID>%(id)s</message:ID><message:Test>false</message:Test><message:Prepared>%(now)s</message:Prepared>
<message:Sender id=%(agency)s/><message:Structure structureID=%(id_q)s dimensionAtObservation=%(time)s>
<common:Structure><Ref agencyID=%(agency)s id=%(id_q)s version=%(version)s/></common:Structure></message:Structure></message:Header>
<message:DataSet structureRef=%(id_q)s>
"""
_FOOT = "</message:DataSet></message:GenericData>\n"


def write(flow: Any, table: pa.Table) -> Iterator[bytes]:
    """The message, series by series. A missing value is an observation without a value."""
    quoted = {
        name: quoteattr(text) for name, text in (("agency", flow.agency), ("id_q", flow.id), ("version", flow.version), ("time", flow.time))
    }
    yield (_HEAD % {**quoted, "id": escape(flow.id), "now": datetime.now(UTC).isoformat(timespec="seconds")}).encode()
    for key, rows in groupby(table.to_pylist(), lambda row: [row[name] for name in flow.dimensions]):
        values = "".join(_value(name, value) for name, value in zip(flow.dimensions, key, strict=True))
        yield f"<generic:Series><generic:SeriesKey>{values}</generic:SeriesKey>\n".encode()
        for row in rows:
            yield _observation(flow, row).encode()
        yield b"</generic:Series>\n"
    yield _FOOT.encode()


def _observation(flow: Any, row: dict[str, str | None]) -> str:
    measure = row[flow.measure]
    value = "" if measure is None else f"<generic:ObsValue value={quoteattr(measure)}/>"
    attributes = "".join(_value(name, row[name]) for name in flow.attributes if row[name] is not None)
    return (
        f"<generic:Obs><generic:ObsDimension value={quoteattr(row[flow.time] or '')}/>{value}"
        f"<generic:Attributes>{attributes}</generic:Attributes></generic:Obs>\n"
    )


def _value(name: str, value: str | None) -> str:
    return f"<generic:Value id={quoteattr(name)} value={quoteattr(value or '')}/>"


def error(status: int, code: int, text: str) -> Response:
    """An SDMX error message; 100 is "no results", 140 a wrong request."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<message:Error xmlns:message="{_BASE}/message" xmlns:common="{_BASE}/common">'
        f'<message:ErrorMessage code="{code}"><common:Text>{escape(text)}</common:Text></message:ErrorMessage></message:Error>\n'
    )
    return Response(body, status_code=status, headers={"Content-Type": "application/vnd.sdmx.error+xml; version=2.1"})
