"""A code list that several feeds share: ``codes/<id>.yaml``."""

from pydantic import Field

from declarations.base import Name, Strict, Text


class CodeList(Strict):
    """Codes with their meanings, such as the regions of GB/T 2260 or the five rating grades."""

    id: Name
    title: Text
    source: str = Field(description="Where the list is published, and of which date.")
    codes: dict[str, str] = Field(min_length=1, description="Code → meaning.")
