"""Law 12: kill -9 at any step, run again, and the result is the one without the kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from county_copy import County

pytestmark = pytest.mark.slow
RUN = (
    "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); from county_copy import County; County(Path(sys.argv[2])).run()"
)
STEPS = ["pull landed", "verdict written", "rows staged", "facts computed", "scores kept", "marts filled", "file written"]
# where to stop: the function after whose return the process kills itself
PLACES = {
    "pull landed": "connectors.pull:pull_feed",
    "verdict written": "expectations.validate:validate_batch",
    "rows staged": "warehouse.load:_supersede",
    "facts computed": "transforms.facts:_scan_parts",
    "scores kept": "transforms.scoring:check_decomposition",
    "marts filled": "transforms.publishing:_item_marts",
    "file written": "warehouse.publication:_flush",
}


def run_and_kill(county: County, place: str) -> int:
    """Run in a process of its own that kills itself (SIGKILL) right after the named function returned."""
    module, function = PLACES[place].split(":")
    plant = (
        f"import os, signal, importlib; m = importlib.import_module('{module}'); f = m.{function}\n"
        f"def kill(*a, **k):\n    f(*a, **k)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"m.{function} = kill\n"
    )
    here = str(Path(__file__).parent)
    return subprocess.run([sys.executable, "-c", plant + RUN, here, str(county.root)], check=False, cwd=here).returncode


@pytest.mark.parametrize("place", STEPS)
def test_law_12_killed_at_a_step_and_run_again_gives_the_same(new_county: Callable[[str], County], place: str) -> None:
    county = new_county(place.replace(" ", "_"))
    assert run_and_kill(county, place) == -signal.SIGKILL
    county.run()
    assert county.published_hash() == undisturbed(new_county)
    leftovers = [p for p in county.project.var.rglob(".tmp-*") if p.exists()]
    assert leftovers == []


def undisturbed(new_county: Callable[[str], County], known: list[str] = []) -> str:  # noqa: B006  computed once
    """The hash of a county that nobody killed."""
    if not known:
        county = new_county("undisturbed")
        county.run()
        known.append(county.published_hash())
    return known[0]


def test_law_12_readers_see_the_old_publication_while_a_writer_dies(county: County) -> None:
    county.run()
    before = county.published_hash()
    county.drop("ratings", "later.csv", "rating_no,org_id,rated_on,grade\nR01,A,2025-02-15,1\n")
    assert run_and_kill(county, "file written") == -signal.SIGKILL
    assert county.published_hash() == before
    county.run()
    assert county.published_hash() != before


def test_law_12_killed_at_some_moment_of_a_run(new_county: Callable[[str], County]) -> None:
    county = new_county("moment")
    here = str(Path(__file__).parent)
    for seconds in (2.5, 3.5, 4.5):
        process = subprocess.Popen([sys.executable, "-c", RUN, here, str(county.root)], cwd=here)
        time.sleep(seconds)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    county.run()
    assert county.published_hash() == undisturbed(new_county)
