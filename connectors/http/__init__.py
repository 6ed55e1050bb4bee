"""Sources over HTTP: one transport with authentication, rate budget, retries, checked addresses and bounded bodies.

``HttpSource`` is the face; the other modules each do one thing for it.
"""

from connectors.http.body import Body
from connectors.http.endpoint import base_url
from connectors.http.source import FileFacts, HttpSource
from connectors.http.stream import HttpStream

__all__ = ["Body", "FileFacts", "HttpSource", "HttpStream", "base_url"]
