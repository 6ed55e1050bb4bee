"""A process that pulls a feed and stops at a point to be killed there: ``python -m conformance.child``.

It reads one line of JSON from standard input (``path``, ``contract``, ``root``, ``var``, ``connection``, ``connector``,
``stop_at``: *page* or *landed*), says where it stands in one word, and waits.
"""

import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Warm up, wait for the line, pull until the point."""
    import duckdb  # noqa: F401
    import pyarrow  # noqa: F401

    from conformance import chain
    from connectors.protocol import Connection
    from declarations.feed import FeedContract

    spec: dict[str, Any] = json.loads(sys.stdin.readline() or "null") or sys.exit(0)
    sys.path[:] = spec["path"]
    contract = FeedContract.model_validate(spec["contract"])
    project = chain.OneFeed(Path(spec["root"]), Path(spec["var"]), contract)
    connection = Connection(**spec["connection"])

    def stop(word: str) -> None:
        print(word, flush=True)
        sys.stdin.readline()

    with chain.in_place_of(contract.source.connector, spec["connector"]):
        progress = (lambda rows: stop("page")) if spec["stop_at"] == "page" else None
        chain.pull(project, lambda connection_id: connection, progress)
    stop("landed")


if __name__ == "__main__":
    main()
