"""A code list that several feeds share: ``codes/<id>.yaml``."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from declarations.base import Name, Strict, Text
from declarations.problem import Problem
from declarations.yaml_file import read_declaration


class CodeList(Strict):
    """Codes with their meanings, such as the regions of GB/T 2260 or the five rating grades."""

    id: Name
    title: Text
    source: str = Field(description="Where the list is published, and of which date.")
    codes: dict[str, str] = Field(min_length=1, description="Code → meaning.")


def read_code_list(file: Path) -> CodeList:
    """The list of a file; a file that did not change is read once. Raises Problem for a mistake in it, or another id than its name."""
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> CodeList:
    found = read_declaration(file, CodeList)
    if found.id != file.stem:
        raise Problem(f"{file}: id", f"the list's id is '{found.id}', its file is '{file.name}'.", "give both the same name.")
    return found
