"""An SDMX REST interface: ``python -m demo.servers.sdmx < config``.

Configuration: ``ready``, ``port`` and ``flows``, each with ``agency``, ``id``, ``version``, ``files`` (a glob of Parquet or CSV),
``dimensions`` (in the order of the key, without time), ``time``, ``measure``, ``attributes`` and ``changed`` (the column for
``updatedAfter``). ``GET /data/{flow}/{key}`` (SDMX 2.1) and ``GET /data/dataflow/{agency}/{id}/{version}/{key}`` (SDMX 3.0, with
``c[TIME_PERIOD]=ge:2024+le:2025``) answer SDMX-CSV 1.0 and 2.0 and SDMX-ML 2.1 generic data.
"""

import glob
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from demo.servers import sdmx_csv, sdmx_xml
from demo.servers.child import announce, listen, read_config
from demo.servers.rows import READERS, as_moment

_SIGNS = {"": "=", "eq": "=", "ne": "<>", "ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


class Flow:
    """One data flow over a table of texts."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.agency, self.id, self.version = spec["agency"], spec["id"], spec["version"]
        self.dimensions: list[str] = spec["dimensions"]
        self.time, self.measure = spec["time"], spec["measure"]
        self.attributes: list[str] = spec["attributes"]
        self._changed, self._files = spec.get("changed"), spec["files"]

    def is_meant(self, reference: str) -> bool:
        """``ID``, ``AGENCY,ID`` and ``AGENCY,ID,VERSION`` name a flow; ``all`` and ``latest`` stand for any."""
        parts = [part.strip() for part in reference.split(",")]
        agency, name, version = (["all", *parts] if len(parts) == 1 else parts)[:3] + ["latest"] * (3 - max(len(parts), 2))
        return name == self.id and agency in ("all", "*", self.agency) and version in ("all", "latest", "+", "~", "*", self.version)

    def select(self, key: str, asked: Any) -> pa.Table:
        """The observations of a key such as ``gdp_growth..P``, ordered by series and time. Raises ValueError."""
        files = sorted(glob.glob(self._files))
        columns = [*self.dimensions, self.time, self.measure, *self.attributes]
        names = ", ".join(f'"{name}"::VARCHAR AS "{name}"' for name in columns)
        conditions, values = self._conditions(key, asked)
        order = ", ".join(f'"{name}"' for name in [*self.dimensions, self.time])
        db = duckdb.connect()
        return db.execute(
            f"SELECT {names} FROM {READERS[Path(files[0]).suffix]} WHERE {conditions} ORDER BY {order}", [files, *values]
        ).to_arrow_table()

    def _conditions(self, key: str, asked: Any) -> tuple[str, list[Any]]:
        found: list[tuple[str, Any]] = []
        if key not in ("", "all", "*"):
            parts = key.split(".")
            if len(parts) != len(self.dimensions):
                raise ValueError(f"the key has {len(parts)} parts, the flow {len(self.dimensions)} dimensions: {self.dimensions}")
            found += [
                (f'list_contains(?, "{name}"::VARCHAR)', part.split("+"))
                for name, part in zip(self.dimensions, parts, strict=True)
                if part not in ("", "*")
            ]
        for name, sign in (("startPeriod", ">="), ("endPeriod", "<=")):
            if asked.get(name):
                found.append((f'"{self.time}" {sign} ?', asked[name]))
        for condition in filter(None, asked.get(f"c[{self.time}]", "").replace(" ", "+").split("+")):  # an unescaped + reads as a space
            sign, _, value = condition.rpartition(":")
            if sign not in _SIGNS:
                raise ValueError(f"there is no operator '{sign}': one of {', '.join(filter(None, _SIGNS))}")
            found.append((f'"{self.time}" {_SIGNS[sign]} ?', value))
        if asked.get("updatedAfter") and self._changed:
            found.append((f'try_cast("{self._changed}" AS TIMESTAMP) >= ?::TIMESTAMP', as_moment(asked["updatedAfter"])))
        return " AND ".join(text for text, _ in found) or "true", [value for _, value in found]


def make_app(config: dict[str, Any]) -> Starlette:
    """The application of a configuration."""
    flows = [Flow(spec) for spec in config["flows"]]

    def data(request: Request) -> Response:
        named = request.path_params
        reference = named["flow"] if "flow" in named else ",".join(named[part] for part in ("agency", "id", "version"))
        flow = next((f for f in flows if f.is_meant(reference)), None)
        if flow is None:
            return sdmx_xml.error(404, 100, "There is no such data flow.")
        try:
            table = flow.select(request.path_params.get("key", "all"), request.query_params)
        except ValueError as error:
            return sdmx_xml.error(400, 140, str(error))
        if table.num_rows == 0:
            return sdmx_xml.error(404, 100, "No results found.")
        accept = request.headers.get("Accept", "")
        if "csv" in accept or request.query_params.get("format") == "csv":
            version = "2.0.0" if "version=2" in accept else "1.0.0"
            media = f"application/vnd.sdmx.data+csv; version={version}"
            return Response(sdmx_csv.write(flow, table, version), headers={"Content-Type": media})
        return StreamingResponse(sdmx_xml.write(flow, table), headers={"Content-Type": sdmx_xml.MEDIA_TYPE})

    places = ("/data/dataflow/{agency}/{id}/{version}/{key}", "/data/{flow}", "/data/{flow}/{key}", "/data/{flow}/{key}/{provider}")
    return Starlette(routes=[Route(place, data) for place in places])


def main() -> None:
    """Serve until told to stop."""
    config = read_config()
    door = listen(config.get("port", 0))
    announce(config, port=door.getsockname()[1])
    options = uvicorn.Config(make_app(config), log_level="warning", access_log=False, timeout_graceful_shutdown=2, lifespan="off")
    uvicorn.Server(options).run(sockets=[door])


if __name__ == "__main__":
    main()
