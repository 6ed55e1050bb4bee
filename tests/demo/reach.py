"""How a test reaches the running sources."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from demo import sources
from demo.connections import read_connection


@dataclass(frozen=True)
class Running:
    """The sources and how to reach them."""

    var: Path
    state: sources.SourcesState

    def connection(self, connection_id: str) -> dict[str, Any]:
        return read_connection(self.state.connections_file, connection_id)

    def url(self, connection_id: str, path: str) -> str:
        found = self.connection(connection_id)
        return f"http://{found['host']}:{found['port']}{path}"

    def token(self) -> str:
        """A fresh token for the petition interface."""
        found = self.connection("petition_api")
        form = {"grant_type": "client_credentials", "scope": "petition.read"}
        answer = requests.post(self.url("petition_api", "/oauth/token"), data=form, auth=(found["login"], found["password"]), timeout=10)
        answer.raise_for_status()
        return str(answer.json()["access_token"])
