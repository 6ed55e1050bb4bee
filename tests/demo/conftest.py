"""A small county with its source servers up, shared by the tests of this folder."""

from collections.abc import Iterator

import pytest

from demo import sources
from tests.demo.reach import Running

SCALE = 0.05


@pytest.fixture(scope="session")
def running_sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    var = tmp_path_factory.mktemp("sources") / "var"
    state = sources.up(var, seed=7, scale=SCALE, token_seconds=2)
    yield Running(var, state)
    sources.wipe(var)
