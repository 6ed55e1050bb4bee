"""One county that has run, for all; copies of it for those who break something."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from command_county import RUN, County

from tests.connectors.source_kit import Reply, Request, Server


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A county that has run once. Only to be read."""
    county = County.new(tmp_path_factory.mktemp("worked") / "county")
    answer = county.said(*RUN)
    assert answer.code == 0, answer
    return county


@pytest.fixture
def county(worked: County, tmp_path: Path) -> County:
    """A copy of it, to be broken."""
    return worked.copy(tmp_path / "county")


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Request], Reply]], Server]]:
    """Starts an HTTP server for an answering function; all are stopped at the end."""
    running: list[Server] = []

    def start(answer: Callable[[Request], Reply]) -> Server:
        running.append(Server(answer))
        return running[-1]

    yield start
    for server in running:
        server.close()
