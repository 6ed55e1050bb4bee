from pathlib import Path

import pytest

from tests.expectations.landed_batch import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
