"""An SFTP server for reading: ``python -m demo.servers.sftp < config``.

Configuration: ``ready`` (file), ``port`` (wished), ``users``: login → ``password`` and ``root`` (the folder that this user sees as
``/``). The host key is made at the start; its public half is announced, so that a client can know whom it talks to.
"""

import asyncio
import hmac
import signal
from typing import Any, NoReturn

import asyncssh

from demo.servers.child import announce, listen, read_config

WRITES = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class ReadOnly(asyncssh.SFTPServer):
    """The user's folder, to be read only."""

    def _refuse(self, *_: Any) -> NoReturn:
        raise asyncssh.SFTPPermissionDenied("this folder can only be read")

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open for reading; refuse any flag that writes."""
        return self._refuse() if pflags & WRITES else super().open(path, pflags, attrs)

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """The form of later protocol versions: refused, so that no flag is overlooked."""
        return self._refuse()

    remove = rename = posix_rename = mkdir = rmdir = setstat = lsetstat = fsetstat = symlink = link = write = _refuse  # type: ignore[assignment]


class Login(asyncssh.SSHServer):
    """Password only."""

    def __init__(self, users: dict[str, dict[str, str]]) -> None:
        self._users = users

    def password_auth_supported(self) -> bool:
        """Passwords are what this server takes."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Whether the login is known and the password is its own."""
        expected = self._users.get(username, {}).get("password")
        return expected is not None and hmac.compare_digest(expected.encode(), password.encode())


async def serve(config: dict[str, Any]) -> None:
    """Serve until SIGTERM or SIGINT."""
    users = config["users"]
    key = asyncssh.generate_private_key("ssh-ed25519")
    door = listen(config.get("port", 0))

    def folder_of(channel: asyncssh.SSHServerChannel[bytes]) -> ReadOnly:
        login = channel.get_connection().get_extra_info("username")
        return ReadOnly(channel, chroot=users[login]["root"].encode())

    server = await asyncssh.listen(
        sock=door, server_factory=lambda: Login(users), server_host_keys=[key], sftp_factory=folder_of, allow_scp=False
    )
    announce(config, port=door.getsockname()[1], host_key=key.export_public_key().decode().strip())
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(read_config()))
