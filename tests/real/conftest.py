"""The run over the public data, made once."""

import pytest

from tests.real.public_run import PublicRun, make_run
from tests.real.public_sources import DATA


@pytest.fixture(scope="session")
def public_run(tmp_path_factory: pytest.TempPathFactory) -> PublicRun:
    if not DATA.exists():
        pytest.skip("the public feeds are not here; they are not part of the product")
    return make_run(tmp_path_factory.mktemp("public"))
