"""One county that has run, for all; copies of it for those who break something."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from command_county import RUN, County


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
