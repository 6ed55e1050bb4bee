"""How a REST endpoint parts its answer into pages."""

from typing import Annotated, Literal

from pydantic import Field

from declarations.base import Strict


class _Paging(Strict):
    total: str | None = Field(
        default=None, description="Dotted path of the number of records in all; fewer or more fetched stops the pull."
    )


class OnePage(_Paging):
    """Everything in one answer."""

    by: Literal["none"] = "none"


class PageNumber(_Paging):
    """Pages numbered from ``first``; the last is the first one shorter than ``size`` or the one ``total_pages`` names."""

    by: Literal["page_number"]
    parameter: str = "page"
    first: int = 1
    size_parameter: str = "page_size"
    size: int = Field(default=1000, ge=1)
    total_pages: str | None = Field(default=None, description="Dotted path of the number of pages in the answer.")


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
    next: str = Field(default="next_cursor", description="Dotted path of the next cursor in the answer.")
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
    next: str = Field(default="next", description="Dotted path of the next address in the answer.")
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
