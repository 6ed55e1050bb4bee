"""The feed contract 数据契约 as typed declarations; ``docs/feeds.md`` is the reference for those who write one."""

from declarations.feed.auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth, HmacAuth, MutualTls, NoAuth, OAuth2Auth
from declarations.feed.column import Column, ColumnType
from declarations.feed.contract import Cadence, FeedContract, FeedKind, Message, NeverEnters, Owner, Retention, SubjectColumns
from declarations.feed.cursor import CursorBy, Slices
from declarations.feed.expectation import (
    BatchAction,
    Between,
    ControlTotal,
    ExistsIn,
    Expectation,
    Freshness,
    GreatExpectation,
    InSet,
    Matches,
    NotBefore,
    NotNull,
    RefusedShare,
    RowAction,
    RowCount,
    RowIs,
    Unique,
)
from declarations.feed.files_source import FilesSource, FixedField
from declarations.feed.http_sources import NbsSource, RateBudget, RestSource, SdmxSource
from declarations.feed.paging import Keyset, LinkHeader, NextUrl, Offset, OnePage, PageCursor, PageNumber, Paging
from declarations.feed.source import PluggedSource, Source
from declarations.feed.sql_source import SqlSource

__all__ = [
    "ApiKeyAuth", "Auth", "BasicAuth", "BatchAction", "BearerAuth", "Between", "Cadence", "Column", "ColumnType", "ControlTotal",
    "CursorBy", "ExistsIn", "Expectation", "FeedContract", "FeedKind", "FilesSource", "FixedField", "Freshness", "GreatExpectation",
    "HmacAuth", "InSet", "Keyset", "LinkHeader", "Matches", "Message", "MutualTls", "NbsSource", "NeverEnters", "NextUrl", "NoAuth",
    "NotBefore", "NotNull", "OAuth2Auth", "Offset", "OnePage", "Owner", "PageCursor", "PageNumber", "Paging", "PluggedSource",
    "RateBudget", "RefusedShare", "RestSource", "Retention", "RowAction", "RowCount", "RowIs", "SdmxSource", "Slices", "Source",
    "SqlSource", "SubjectColumns", "Unique",
]  # fmt: skip
