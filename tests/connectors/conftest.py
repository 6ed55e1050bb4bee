from pathlib import Path

import pytest

from tests.connectors.sql_servers import mariadb_server, postgres_server  # noqa: F401
from warehouse.batch import BatchFiles


@pytest.fixture
def batches(tmp_path: Path) -> BatchFiles:
    return BatchFiles(tmp_path / "landing", tmp_path / "validated", "sample")
