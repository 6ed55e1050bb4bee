"""How long the chain takes over the default county once all eight feeds are pulled: validate, load, facts, scores, publication.

``python -m benchmarks.run_county``: pulls the demo county once, then runs the chain in this process from what has landed,
three times, each from an empty warehouse; once more with everything judged already; and once with nothing new.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import great_expectations  # noqa: F401  imports are not counted
import pandas  # noqa: F401

from connectors.connections import environment_resolver
from declarations.project import REPOSITORY, Project
from demo import sources
from pipeline import steps
from pipeline.run import run_period


def main() -> None:
    """Print seconds and, against the goal of 5 s, ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder) / "var"
        try:
            sources.up(var, scale=scale)
            project = Project(REPOSITORY, var)
            resolve = environment_resolver(project.connections_file)
            for feed in project.feeds:
                steps.pull(project, feed, resolve)
        finally:
            sources.wipe(var)
        rows = sum(m.rows for feed in project.feeds for m in steps.batch_files(project, feed).manifests())
        print(f"{rows} rows landed from {len(project.feeds)} feeds")
        whole = min(_fresh(project, "validated", "published") for _ in range(3))
        judged = min(_fresh(project, "published") for _ in range(3))
        again = _run(project)
        print(f"validate + load + facts + scores + publish: {whole:.2f} s ({whole / 5:.2f}x of 5 s)")
        print(f"the same, batches judged already:           {judged:.2f} s ({judged / 5:.2f}x of 5 s)")
        print(f"nothing new:                                {again:.2f} s")


def _fresh(project: Project, *without: str) -> float:
    for name in without:
        shutil.rmtree(project.var / name, ignore_errors=True)
    for file in project.var.glob("warehouse.duckdb*"):
        file.unlink()
    return _run(project)


def _run(project: Project) -> float:
    began = time.perf_counter()
    report = run_period(Project(project.root, project.var), "2025", None, "benchmark")
    assert not report.problems
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
