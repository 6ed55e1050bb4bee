"""How long ``traceless run`` takes over the default county once all eight feeds are pulled.

``python -m benchmarks.run_county`` measures, in this process, from three states, each three times (the best counts):
after ``traceless feed pull`` (rows loaded; the sources are asked once more), from judged batches that are not loaded,
and from landed files that nothing has looked at. And once with nothing new.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import great_expectations  # noqa: F401  imports are not counted
import pandas  # noqa: F401

from connectors.connections import environment_resolver
from connectors.protocol import Resolver
from declarations.project import REPOSITORY, Project
from demo import sources
from pipeline import steps
from pipeline.run import run_feed, run_period


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
                run_feed(project, feed, resolve)
            rows = sum(m.rows for feed in project.feeds for m in steps.batch_files(project, feed).manifests())
            print(f"{rows} rows landed from {len(project.feeds)} feeds")
            loaded = min(_after_pull(project, resolve) for _ in range(3))
        finally:
            sources.wipe(var)
        judged = min(_fresh(project, "published") for _ in range(3))
        landed = min(_fresh(project, "validated", "published") for _ in range(3))
        for text, seconds in (
            ("after feed pull: ask, facts, scores, publish", loaded),
            ("from judged batches: load, facts, scores, publish", judged),
            ("from landed files: validate, load, facts, scores, publish", landed),
        ):
            print(f"{text:58} {seconds:5.2f} s  {seconds / 5:.2f}x of 5 s")
        print(f"{'nothing new':58} {_run(project):5.2f} s")


def _after_pull(project: Project, resolve: Resolver) -> float:
    """A run on the warehouse as the pulls left it; the copy is put back for the next time."""
    kept = project.var / "as-pulled.duckdb"
    if not kept.exists():
        shutil.copy(project.warehouse_file, kept)
    shutil.copy(kept, project.warehouse_file)
    shutil.rmtree(project.published_dir, ignore_errors=True)
    return _run(project, resolve)


def _fresh(project: Project, *without: str) -> float:
    for name in without:
        shutil.rmtree(project.var / name, ignore_errors=True)
    for file in project.var.glob("warehouse.duckdb*"):
        file.unlink()
    return _run(project)


def _run(project: Project, resolve: Resolver | None = None) -> float:
    began = time.perf_counter()
    report = run_period(Project(project.root, project.var), "2025", resolve, "benchmark")
    assert not report.problems
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
