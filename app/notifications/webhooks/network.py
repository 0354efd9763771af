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


class CheckedBackend(NetworkBackend):
    """Connects to public addresses, or to any where `allows_private`.

    All that is done through it has to be done `seconds` from now: a receiver that sends a byte now
    and then keeps nobody.
    """

    def __init__(self, seconds: float, *, allows_private: bool, resolve: Resolve = resolve) -> None:
        self._until = time.monotonic() + seconds
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
            left = seconds_left(self._until) / (len(addresses) - number)
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connected(address, port, left, local_address, socket_options)
        left = seconds_left(self._until)
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
        return _BoundedStream(stream, self._until)

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
    """A connection all of whose reads and writes end by one moment."""

    def __init__(self, stream: NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, seconds_left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, seconds_left(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> NetworkStream:
        left = seconds_left(self._until)
        return _BoundedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._until
        )

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)


def seconds_left(until: float) -> float:
    """Return how long there is until a moment. Raises ReadTimeout when it has passed."""
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("There was no answer in time.")
    return left
