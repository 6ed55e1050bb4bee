"""The row of column names of a table in a file: what is wrong with it is told with the nearest names."""

from collections.abc import Collection, Sequence

from declarations.problem import Problem
from declarations.yaml_file import nearest


def check_header(names: Sequence[str], wanted: Collection[str], place: str, where: str, fix: str) -> None:
    """Raises Problem where a wanted name stands twice, or none stands there at all (``where``: 'in the header').

    Of the names that were found only those are shown that look like a wanted one: the row may be one of data.
    """
    doubled = sorted({name for name in names if name in wanted and list(names).count(name) > 1})
    if doubled:
        raise Problem(place, f"column '{doubled[0]}' stands twice {where}.", "have the file sent with one of it.")
    if set(names) & set(wanted):
        return
    hints = [nearest(name, [found for found in names if found]) for name in wanted]
    near = next((f"For '{name}': {hint}" for name, hint in zip(wanted, hints, strict=True) if hint), "")
    raise Problem(place, f"no column of the contract stands {where}.", f"{near}{fix[:1].upper() + fix[1:] if near else fix}")
