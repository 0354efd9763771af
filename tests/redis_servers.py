"""A real Redis for tests, on a free port of 127.0.0.1."""

import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.retry import Retry

from tests.conftest import missing

HOW_TO_GET_REDIS = "Redis is not installed: apt-get install redis-server"
SECONDS_TO_END = 5


@dataclass(frozen=True)
class RedisServer:
    """A Redis that answers at `address`."""

    address: str
    process: "subprocess.Popen[bytes]"

    def end(self) -> None:
        """End it, and all that it holds."""
        self.process.terminate()
        self.process.wait(SECONDS_TO_END)


@contextmanager
def redis_server(folder: Path) -> Generator[RedisServer]:
    """A Redis that keeps nothing on the disk."""
    binary = shutil.which("redis-server")
    if binary is None:
        missing(HOW_TO_GET_REDIS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder))
    process = subprocess.Popen([str(binary), *options], stdout=subprocess.DEVNULL)
    server = RedisServer(f"redis://127.0.0.1:{port}", process)
    try:
        patient = Retry(ConstantBackoff(0.05), 100, (NoConnection,))
        Redis(port=port, retry=patient).ping()
        yield server
    finally:
        server.end()
