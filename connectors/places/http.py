"""Files on a web server: at the paths that the patterns name, or those that an index page links to."""

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import BinaryIO
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from connectors.http import HttpSource
from connectors.places.base import Listed, Place, buffered, is_safe, matches
from connectors.protocol import Connection
from declarations.feed import BasicAuth, NoAuth
from declarations.problem import Problem

TIMEOUT = "60s"
_GLOB = "*?["


class HttpPlace(Place):
    """Can only be read. A pattern without ``*?[`` is a path; others are looked for in the index page at the folder's address.

    Close it.
    """

    takes_moves = False

    def __init__(self, feed: str, connection: Connection, root: str) -> None:
        super().__init__(feed, connection, f"{root.strip('/')}/" if root.strip("/") else "")
        auth = BasicAuth(scheme="basic") if connection.login else NoAuth()
        self._source = HttpSource(feed, connection, auth, TIMEOUT)
        self._index: set[str] | None = None

    def close(self) -> None:
        """Ends the session with the server."""
        self._source.__exit__(None, None, None)

    def _files(self, patterns: Sequence[str]) -> list[Listed]:
        plain = {pattern for pattern in patterns if not any(sign in pattern for sign in _GLOB)}
        globs = [pattern for pattern in patterns if pattern not in plain]
        self._index = self._linked() if globs else None
        names = plain | {name for name in self._index or () if matches(name, globs)}
        found = [self.look(name) if is_safe(name) else Listed(name, None, None) for name in sorted(names)]
        missing = sorted(names - {file.name for file in found if file})
        if missing and missing[0] not in plain:
            raise self.gone(missing[0])
        if missing:
            raise Problem(self.at(missing[0]), "is not there.", "correct 'pattern' of the source or 'path' in the connection's extra.")
        return [file for file in found if file]

    def has(self, name: str) -> bool:
        return name in self._index if self._index is not None else self.look(name) is not None

    def look(self, name: str) -> Listed | None:
        facts = self._source.head(self._path(name), missing_ok=True)
        if facts is None:
            return None
        if facts.etag is None and facts.modified is None:
            what = "its server tells neither ETag nor Last-Modified: a new version of the file could not be told from the old one."
            raise Problem(self.at(name), what, "ask the server's owner for one of them, or fetch it as a REST source (connector: rest).")
        return Listed(name, facts.size, facts.modified, facts.etag or "")

    def open(self, file: Listed) -> BinaryIO:
        return buffered(self._source.open(self._path(file.name)), (OSError,), self.broke_off)

    def _path(self, name: str) -> str:
        return quote(f"{self._root}{name}")

    def _linked(self) -> set[str]:
        """The names below the folder's address that its page links to."""
        page = self._source.get(quote(self._root), {}, accept="text/html")
        if page is None:
            raise self.no_folder()
        links = _Links()
        links.feed(page.content.decode(page.charset or "utf-8", "replace"))
        base = self._source.url(quote(self._root))
        home = unquote(urlsplit(base if base.endswith("/") else f"{base}/").path)
        found = set()
        for link in links.found:
            parts = urlsplit(urljoin(base if base.endswith("/") else f"{base}/", urldefrag(link).url))
            path = unquote(parts.path)
            same = parts.netloc == urlsplit(base).netloc and not parts.query
            if same and path.startswith(home) and path != home and not path.endswith("/"):
                found.add(path.removeprefix(home))
        return found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
