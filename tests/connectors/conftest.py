from pathlib import Path

import pytest

from warehouse.batch import BatchFiles


@pytest.fixture
def batches(tmp_path: Path) -> BatchFiles:
    return BatchFiles(tmp_path / "landing", tmp_path / "validated", "sample")
