"""Connections to receivers: to addresses that were checked, and for no longer than a while.

A name is resolved here, once, and what it has led to is connected to: between a check and a
connection of its own it could lead somewhere else.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import httpcore
from httpcore import NetworkBackend, NetworkStream, SyncBackend

from app.notifications.webhooks.addresses import is_public

Resolve = Callable[[str, int], list[str]]
SocketOptions = Iterable[Any] | None


class PrivateAddress(httpcore.ConnectError):
    """A name leads to no public address."""


def resolve(host: str, port: int) -> list[str]:
    """Return the numeric addresses that a name leads to. Raises OSError where it leads nowhere."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Deadline:
    """The moment by which all has to be done with a receiver, `seconds` from now.

    One that sends a byte now and then keeps nobody.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def bring_forward(self, seconds: float) -> None:
        """Have it be `seconds` from now, unless it is earlier."""
        self._until = min(self._until, time.monotonic() + seconds)

    def seconds_left(self) -> float:
        """Return how long there is until then. Raises ReadTimeout when it has passed."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("There was no answer in time.")
        return left


class CheckedBackend(NetworkBackend):
    """Connects to public addresses, or to any where `allows_private`, until the `deadline`."""

    def __init__(
        self, deadline: Deadline, *, allows_private: bool, resolve: Resolve = resolve
    ) -> None:
        self._deadline = deadline
        self._allows_private = allows_private
        self._resolve = resolve
        self._backend = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: SocketOptions = None,
    ) -> NetworkStream:
        """Connect to an address of a host. Raises PrivateAddress where it has no public one."""
        addresses = self._allowed(host, port)
        for number, address in enumerate(addresses[:-1]):
            # One that is silent leaves as much time to each of those after it.
            left = self._deadline.seconds_left() / (len(addresses) - number)
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connected(address, port, left, local_address, socket_options)
        left = self._deadline.seconds_left()
        return self._connected(addresses[-1], port, left, local_address, socket_options)

    def _connected(
        self,
        address: str,
        port: int,
        left: float,
        local_address: str | None,
        options: SocketOptions,
    ) -> NetworkStream:
        stream = self._backend.connect_tcp(address, port, left, local_address, options)
        return _BoundedStream(stream, self._deadline)

    def _allowed(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host, port)
        # A name that no name may be, as one with two dots in a row, is a UnicodeError.
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        allowed = [each for each in found if self._allows_private or is_public(each)]
        if not allowed:
            raise PrivateAddress("The name leads to an address of a private network.")
        return allowed


class _BoundedStream(NetworkStream):
    """A connection all of whose reads and writes end by a deadline."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.seconds_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.seconds_left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> NetworkStream:
        left = self._deadline.seconds_left()
        return _BoundedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)
