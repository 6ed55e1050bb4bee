"""Where a feed's rows come from: one model a connector type, and how further types are found."""

from importlib.metadata import entry_points
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, SerializeAsAny, Tag, WithJsonSchema

from declarations.base import Name, Strict
from declarations.feed.files_source import FilesSource
from declarations.feed.http_sources import NbsSource, RestSource, SdmxSource
from declarations.feed.sql_source import SqlSource
from declarations.yaml_file import nearest

ENTRY_POINTS = "traceless.connectors"
_OWN = ("sql", "rest", "files", "sdmx", "nbs")


class PluggedSource(Strict):
    """Base for the source model of a connector type that another package brings.

    The package's entry point (group ``traceless.connectors``, name = the connector's) is the connector's class; the
    class attribute ``source_model`` is a subclass of this model.
    """

    connector: str
    connection: Name


def plugged_connector(name: str) -> Any | None:
    """The class of a connector type that an installed package brings, or None."""
    found = next(iter(entry_points(group=ENTRY_POINTS, name=name)), None)
    return found.load() if found else None


def connector_names() -> list[str]:
    """All connector types: ours, then those of installed packages."""
    return [*_OWN, *sorted(found.name for found in entry_points(group=ENTRY_POINTS))]


def _connector(source: Any) -> str:
    name = source.get("connector") if isinstance(source, dict) else getattr(source, "connector", None)
    return str(name) if name in _OWN else "plugged"


def _as_plugged(source: Any) -> Any:
    if not isinstance(source, dict):
        return source
    name = str(source.get("connector"))
    found = plugged_connector(name)
    if found is None:
        raise ValueError(f"there is no connector '{name}'. {nearest(name, connector_names())}Known: {', '.join(connector_names())}")
    return found.source_model.model_validate(source)


Source = Annotated[
    Annotated[SqlSource, Tag("sql")]
    | Annotated[RestSource, Tag("rest")]
    | Annotated[FilesSource, Tag("files")]
    | Annotated[SdmxSource, Tag("sdmx")]
    | Annotated[NbsSource, Tag("nbs")]
    | Annotated[
        SerializeAsAny[PluggedSource],
        BeforeValidator(_as_plugged),
        WithJsonSchema({"type": "object", "required": ["connector"], "properties": {"connector": {"not": {"enum": list(_OWN)}}}}),
        Tag("plugged"),
    ],
    Discriminator(_connector),
]
