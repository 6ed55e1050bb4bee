"""What every server process does alike: it reads its configuration from standard input, so that secrets stand neither in a
file nor in the list of processes, takes a port on loopback, and says where it listens."""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any


def read_config() -> dict[str, Any]:
    """The configuration, one JSON object on standard input."""
    config: dict[str, Any] = json.load(sys.stdin)
    return config


def listen(preferred: int = 0) -> socket.socket:
    """A listening socket on 127.0.0.1: the preferred port where it is free, else any free one."""
    for port in (preferred, 0):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", port))
        except OSError:
            found.close()
            continue
        found.listen(128)
        return found
    raise OSError("no free port on 127.0.0.1")


def announce(config: dict[str, Any], **facts: Any) -> None:
    """Write ``facts`` (such as the port) to the file that the starter waits for; whole or not at all."""
    ready = Path(config["ready"])
    draft = ready.with_suffix(".tmp")
    draft.write_text(json.dumps({"pid": os.getpid(), **facts}))
    draft.rename(ready)
