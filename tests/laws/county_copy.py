"""A county of three towns on local files that a test may change: the golden one, copied."""

import random
from dataclasses import dataclass
from pathlib import Path

from connectors.protocol import Connection
from declarations.project import Project
from pipeline.run import RunReport, run_period
from transforms.model_run import combine, relation_fingerprint
from warehouse.publication import open_published

GOLDEN = Path(__file__).parents[1] / "golden"
PUBLISHED = ("result", "node", "adjustment", "indicator_org", "indicator_cadre", "attribution")


@dataclass
class County:
    """A copy of the golden county with its own data, declarations and warehouse."""

    root: Path

    @property
    def project(self) -> Project:
        return Project(self.root, self.root / "var")

    def resolve(self, connection_id: str) -> Connection:
        return Connection(connection_id, "file", extra={"path": str(self.root / "data" / connection_id.removesuffix("_files"))})

    def run(self, period: str = "2025", approver: str | None = "a person") -> RunReport:
        return run_period(self.project, period, self.resolve, approver)

    def drop(self, feed: str, name: str, text: str) -> None:
        (self.root / "data" / feed / name).write_text(text)

    def rows(self, feed: str) -> list[str]:
        """Header and rows of the feed's first file."""
        return next((self.root / "data" / feed).glob("*.csv")).read_text().strip().split("\n")

    def shuffle(self, seed: int) -> None:
        """The same rows in another order, in every file."""
        for file in (self.root / "data").glob("*/*.csv"):
            head, *rows = file.read_text().strip().split("\n")
            random.Random(seed).shuffle(rows)
            file.write_text("\n".join([head, *rows]) + "\n")

    def published_hash(self) -> str:
        """A hash of all published results and facts."""
        with open_published(self.project.published_dir) as con:
            return combine(*(relation_fingerprint(con, f"select * from {table}") for table in PUBLISHED))

    def query(self, statement: str) -> list[tuple]:  # type: ignore[type-arg]
        with open_published(self.project.published_dir) as con:
            return con.execute(statement).fetchall()
