"""How a REST endpoint parts its answer into pages.

A path into an answer is dotted (``meta.total``); in XML it goes from the root's children and may end in an attribute. ``header:NAME``
is a header of the answer, for formats that have no room beside the records.
"""

from typing import Annotated, Literal

from pydantic import Field

from declarations.base import Strict

HEADER = "header:"


class _Paging(Strict):
    total: str | None = Field(
        default=None,
        description=(
            "Path of the number of records in all, such as meta.total or header:X-Total-Count. Then the pages must be a whole: "
            "fewer or more records, another total, or a record on two pages repeat the pull, and at last stop it."
        ),
    )


class OnePage(_Paging):
    """Everything in one answer."""

    by: Literal["none"] = "none"


class PageNumber(_Paging):
    """Pages numbered from ``first``; the last is the one ``total_pages`` names, else the one that completes ``total``, else the first
    one shorter than ``size``."""

    by: Literal["page_number"]
    parameter: str = "page"
    first: int = 1
    size_parameter: str = "page_size"
    size: int = Field(default=1000, ge=1)
    total_pages: str | None = Field(default=None, description="Path of the number of pages in the answer.")


class Offset(_Paging):
    """Records counted from 0: each page begins where the one before ended; the last is shorter than ``size``, or ``total`` is reached."""

    by: Literal["offset"]
    parameter: str = "offset"
    size_parameter: str = "limit"
    size: int = Field(default=1000, ge=1)


class PageCursor(_Paging):
    """Each answer names the next page at ``next``; none means the end."""

    by: Literal["cursor"]
    parameter: str = "cursor"
    next: str = Field(default="next_cursor", description="Path of the next cursor in the answer.")
    size_parameter: str | None = "limit"
    size: int = Field(default=5000, ge=1)


class LinkHeader(_Paging):
    """The header ``Link: <…>; rel="next"`` (RFC 8288) names the next page's address."""

    by: Literal["link_header"]
    size_parameter: str | None = None
    size: int = Field(default=1000, ge=1)


class NextUrl(_Paging):
    """The answer names the next page's whole address at ``next``; none means the end."""

    by: Literal["next_url"]
    next: str = Field(default="next", description="Path of the next address in the answer.")
    size_parameter: str | None = None
    size: int = Field(default=1000, ge=1)


class Keyset(_Paging):
    """Each page asks for records after the last one's ``column``, in its order; the last page is shorter than ``size``."""

    by: Literal["keyset"]
    column: str = Field(description="Name in the source of the column that orders the records; without ties.")
    parameter: str = "after"
    size_parameter: str = "limit"
    size: int = Field(default=1000, ge=1)


Paging = Annotated[
    OnePage | PageNumber | Offset | PageCursor | LinkHeader | NextUrl | Keyset,
    Field(discriminator="by"),
]
