"""The county's source systems, up and down: ``python -m demo.sources up|down|wipe|state|advance``.

They run in the background until ``down``. Whatever they hold lies below ``var/demo``; a pipeline knows of them only what
``var/connections.env`` says.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from declarations.problem import Problem
from demo import services
from demo.connections import password_of, read_connection, write_connections
from demo.county.generate import generate
from demo.news import write_news
from demo.notify import notify
from demo.processes import Started, end, find, launch, remember, wait_ready
from demo.servers import postgres

__all__ = ["SourcesState", "advance", "down", "notify", "state", "up", "wipe"]

LOCK_SECONDS = 180
Progress = Callable[[str], None]


@dataclass(frozen=True)
class SourcesState:
    """What runs. ``servers`` is name → alive; ``started`` tells whether this call started them."""

    folder: Path
    seed: int
    scale: float
    servers: dict[str, bool]
    connections_file: Path
    started: bool = False

    @property
    def running(self) -> bool:
        """All servers are alive."""
        return bool(self.servers) and all(self.servers.values())

    @property
    def planted_file(self) -> Path:
        """The list of planted troubles and canaries."""
        return self.folder / "county" / "planted.json"


def up(var: Path, seed: int = 7, scale: float = 1.0, progress: Progress = lambda text: None, token_seconds: float = 300) -> SourcesState:
    """Start the servers unless they run with this seed and scale already. Raises Problem; then nothing is left running."""
    folder = _folder(var)
    if "'" in str(folder):
        raise Problem(
            str(folder), "the path has an apostrophe, which the demonstration's SQL cannot name.", "choose another folder for var."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        before = _state(var)
        if before.running and (before.seed, before.scale) == (seed, scale) and before.connections_file.exists():
            progress("the sources are up already")
            return before
        _end_all(var)
        try:
            _start(var, seed, scale, progress, token_seconds)
        except BaseException:
            _end_all(var)
            raise
        return SourcesState(**{**_state(var).__dict__, "started": True})


def down(var: Path) -> int:
    """End every server, also after a crash; answers how many were alive. The data and the connections stay."""
    folder = _folder(var)
    if not folder.exists():
        return 0
    with _alone(folder):
        return _end_all(var)


def wipe(var: Path) -> None:
    """End every server and delete what the source systems hold. The connections' file stays."""
    down(var)
    postgres.remove(_cluster(_folder(var)))
    shutil.rmtree(_folder(var), ignore_errors=True)


def state(var: Path) -> SourcesState:
    """What runs now."""
    return _state(var)


def advance(var: Path) -> dict[str, dict[str, int]]:
    """Let news come into audit and rating: late rows, revisions, repetitions; answers how many by feed and kind."""
    now = _state(var)
    if not now.running:
        raise Problem("sources", "they are not up.", "start them first: python -m demo.sources up")
    with _alone(now.folder):
        tables = now.folder / "county" / "tables"
        number = len(list(tables.glob("rating-news-*.parquet"))) + 1
        planted = json.loads(now.planted_file.read_text())["planted"]
        found = {}
        for feed in ("audit", "rating"):
            spoilt = [key for trouble in planted if trouble["feed"] == feed for key in trouble["keys"]]
            file, found[feed] = write_news(tables, feed, number, now.seed, spoilt)
            if feed == "audit":
                postgres.load(_cluster(now.folder), _port(var), "audit.issue", file, services.SQL_TYPES["audit.issue"])
        return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Starting and ending is for one command at a time."""
    try:
        with FileLock(folder / ".lock", timeout=LOCK_SECONDS):
            yield
    except Timeout:
        what = f"another command has been starting or ending them for {LOCK_SECONDS} s."
        raise Problem("sources", what, "wait for it, or end it, and try again.") from None


def _folder(var: Path) -> Path:
    return var.resolve() / "demo"


def _cluster(folder: Path) -> postgres.Cluster:
    return postgres.cluster(folder / "postgres")


def _port(var: Path) -> int:
    return int(read_connection(_env(var), "audit_db").get("port") or 0)


def _env(var: Path) -> Path:
    return var.resolve() / "connections.env"


def _start(var: Path, seed: int, scale: float, progress: Progress, token_seconds: float) -> None:
    folder, env_file = _folder(var), _env(var)
    with ThreadPoolExecutor(1) as beside:  # PostgreSQL makes its cluster while the county is generated
        database = beside.submit(postgres.start, folder / "postgres", _port(var))
        planted = generate(folder / "county", seed, scale, progress)
        cluster, port = database.result()
    configs = services.configurations(folder / "county", env_file, token_seconds)
    progress("starting the servers")
    started, records = {}, []
    for name, module in services.MODULES.items():
        started[name] = launch(name, module, configs[name], folder / "log")
        records.append(remember(name, started[name].pid))
        _remember(folder, seed, scale, records)
    passwords = _fill(folder, cluster, port, env_file, planted, progress)
    facts = {name: wait_ready(name, process, folder / "log") for name, process in started.items()}
    write_connections(env_file, services.connections(configs, facts, passwords, port))


def _fill(
    folder: Path, cluster: postgres.Cluster, port: int, env_file: Path, planted: dict[str, Any], progress: Progress
) -> dict[str, str]:
    """Load the database unless it holds this county already; answers the readers' passwords."""
    stamp = json.dumps([planted["seed"], planted["scale"], planted["generator"]])
    if postgres.stamp(cluster, port) != stamp:
        progress("loading PostgreSQL")
        postgres.make_database(cluster, port)
        for table, feed in services.SQL_TABLES.items():
            for file in sorted((folder / "county" / "tables").glob(f"{feed}*.parquet")):
                postgres.load(cluster, port, table, file, services.SQL_TYPES[table], index="updated_at")
        postgres.set_stamp(cluster, port, stamp)
    passwords = {}
    for connection_id, (login, schemas) in services.SQL_READERS.items():
        passwords[connection_id] = password_of(env_file, connection_id)
        postgres.make_reader(cluster, port, login, passwords[connection_id], schemas)
    return passwords


def _remember(folder: Path, seed: int, scale: float, servers: list[Started]) -> None:
    record = {"seed": seed, "scale": scale, "servers": [asdict(server) for server in servers]}
    draft = folder / "sources.tmp"
    draft.write_text(json.dumps(record, indent=1))
    draft.rename(folder / "sources.json")


def _recorded(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        record: dict[str, Any] = json.loads((folder / "sources.json").read_text())
        return record
    return {"seed": 0, "scale": 0.0, "servers": []}


def _state(var: Path) -> SourcesState:
    folder = _folder(var)
    record = _recorded(folder)
    alive = {server["name"]: find(Started(**server)) is not None for server in record["servers"]}
    if alive:
        alive["postgres"] = postgres.process(_cluster(folder)) is not None
    return SourcesState(folder, record["seed"], record["scale"], alive, _env(var))


def _end_all(var: Path) -> int:
    folder = _folder(var)
    ended = end([Started(**server) for server in _recorded(folder)["servers"]])
    ended += postgres.stop(_cluster(folder))
    (folder / "sources.json").unlink(missing_ok=True)
    return ended


def main(arguments: list[str] | None = None) -> int:
    """The smallest command that serves; ``traceless sources`` calls the same functions."""
    import argparse
    import sys

    parser = argparse.ArgumentParser(prog="python -m demo.sources", description=__doc__)
    parser.add_argument("action", choices=("up", "down", "wipe", "state", "advance"))
    parser.add_argument("--var", type=Path, default=Path("var"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args(arguments)
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)

    try:
        if given.action == "up":
            found = up(given.var, given.seed, given.scale, say)
            say(f"{len(found.servers)} servers are up; connections: {found.connections_file}")
        elif given.action == "down":
            say(f"{down(given.var)} servers ended")
        elif given.action == "wipe":
            wipe(given.var)
            say("the sources are gone")
        elif given.action == "advance":
            say(json.dumps(advance(given.var)))
        else:
            for name, alive in state(given.var).servers.items():
                print(f"{name:12} {'up' if alive else 'DOWN'}")
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
