"""Fixtures of the laws: counties that a test may change."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from county_copy import GOLDEN, County


@pytest.fixture
def new_county(tmp_path: Path) -> Callable[[str], County]:
    def make(name: str) -> County:
        for part in ("feeds", "indicators", "schemes", "data"):
            shutil.copytree(GOLDEN / part, tmp_path / name / part)
        return County(tmp_path / name)

    return make


@pytest.fixture
def county(new_county: Callable[[str], County]) -> County:
    return new_county("county")
