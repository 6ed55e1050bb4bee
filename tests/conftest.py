"""What tests of several parts use."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.connectors.source_kit import Reply, Request, Server


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Rate budgets of the tests are kept apart from those of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACELESS_STATE", str(tmp_path_factory.mktemp("state")))
        yield


os.environ.pop("COLUMNS", None)  # pytest-xdist sets it; what is shown would be broken up at its width


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Request], Reply]], Server]]:
    """Starts a server for an answering function; all are stopped at the end."""
    running: list[Server] = []

    def start(answer: Callable[[Request], Reply]) -> Server:
        running.append(Server(answer))
        return running[-1]

    yield start
    for server in running:
        server.close()
