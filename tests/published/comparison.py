"""What the tests of published tables have in common: how computed numbers are held against the publisher's."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"
SAME = 1e-9


def public_data(folder: str) -> Path:
    """A folder of public test data; the test is skipped where it is not there."""
    if not (DATA / folder).is_dir():
        pytest.skip(f"the public data {folder} are not here; they are not part of the product")
    return DATA / folder


@dataclass(frozen=True)
class Comparison:
    """Of one column: numbers compared, mismatches at the publisher's rounding, largest distance of the unrounded number."""

    compared: int
    mismatches: int
    worst: float
    only_published: int
    only_computed: int


def compare(connection: duckdb.DuckDBPyConnection, table: str, sql: str) -> Comparison:
    """``sql`` gives a row a published cell: published, rounded (as the publisher rounds), exact. Prints one line."""
    row = connection.execute(
        f"""select count(published) filter (rounded is not null),
                   count(*) filter (abs(rounded - published) > {SAME}),
                   max(abs(exact - published)),
                   count(*) filter (published is not null and rounded is null),
                   count(*) filter (published is null and rounded is not null)
            from ({sql}) as pair(published, rounded, exact)"""
    ).fetchone()
    assert row is not None
    found = Comparison(row[0], row[1], row[2] or 0.0, row[3], row[4])
    print(
        f"{table:48} {found.compared:6} compared {found.mismatches:4} mismatches, largest error {found.worst:.2g}, "
        f"only published {found.only_published}, only computed {found.only_computed}"
    )
    return found
