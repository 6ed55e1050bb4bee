"""An SFTP server for tests: asyncssh over a folder, in a thread of its own."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import asyncssh

from connectors.protocol import Resolver
from tests.connectors.source_kit import resolver


class Sftp:
    """``me`` with ``secret`` sees the folder as ``/``, and may write. ``broken`` makes the server die in mid-read."""

    def __init__(self, root: Path) -> None:
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.broken = False
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._root = root
        self.port = 0
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        outer = self

        class Login(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("me", "secret")

        class Files(asyncssh.SFTPServer):
            def read(self, file_obj: object, offset: int, size: int) -> bytes:
                if outer.broken and offset > 100_000:
                    self.channel.get_connection().abort()
                return super().read(file_obj, offset, size)

        async def start() -> None:
            def sftp(channel: Any) -> asyncssh.SFTPServer:
                return Files(channel, chroot=str(self._root).encode())

            server = await asyncssh.listen("127.0.0.1", 0, server_factory=Login, server_host_keys=[self.key], sftp_factory=sftp)
            self.port = server.get_port()
            self._ready.set()

        self._loop.run_until_complete(start())
        self._loop.run_forever()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    @property
    def key_line(self) -> str:
        return self.key.export_public_key().decode().strip()

    def resolver(self, path: str = "/inbox", extra: dict[str, Any] | None = None, **changes: Any) -> Resolver:
        """A connection to a folder; ``extra`` replaces the host key."""
        told = {"host_key": self.key_line} if extra is None else extra
        fields = {"conn_type": "sftp", "host": "127.0.0.1", "port": self.port, "login": "me", "password": "secret"}
        return resolver(**{**fields, "extra": {"path": path, "allow_loopback": True, **told}, **changes})
