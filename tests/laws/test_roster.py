"""A roster that contradicts itself stops what hangs on it; what was published stands."""

import pytest
from county_copy import County

from declarations.problem import Problem


def test_overlapping_tenures_are_told_and_nothing_is_half_done(county: County) -> None:
    county.run()
    before = county.published_hash()
    rows = county.rows("people")
    # Z takes over in A a month before X leaves
    file = county.root / "data" / "people" / "later.csv"
    file.write_text(rows[0] + "\n8,post,A,,,,Z,Cadre Z,mayor,chief,,,2025-01-01,\n")
    with pytest.raises(
        Problem, match=r"post 'mayor' of A is held twice: X .*record 4.* Z from 2025-01-01.*record 8.*end the earlier tenure"
    ):
        county.run()
    assert county.published_hash() == before
    file.with_name("mended.csv").write_text(rows[0] + "\n8,post,A,,,,Z,Cadre Z,mayor,chief,,,2025-02-01,\n")
    county.run()
    assert county.published_hash() == before
