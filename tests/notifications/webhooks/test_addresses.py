"""Webhooks go to the public network alone, whatever a name leads to by then."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import httpcore
import pytest

from app.core.errors import InvalidInput
from app.notifications.webhooks import posting
from app.notifications.webhooks.addresses import checked_url, is_public, masked
from app.notifications.webhooks.network import CheckedBackend, Deadline
from tests.notifications.webhooks.receiver import Receiver

PUBLIC = ["93.184.215.14", "2606:4700::1111"]
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "fec0::1",
    "::127.0.0.1",
    "64:ff9b:1::7f00:1",
    "::ffff:0:127.0.0.1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_a_private_network_or_of_many_machines_is_public(address: str) -> None:
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidInput):
        checked_url(f"https://{host}/", allows_private=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_web_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "https://user:word@hooks.example/",
        "https://hooks.example/#part",
        "https://127.1/",
        "https://2130706433/",
        "hooks.example",
        "",
        f"https://hooks.example/{'x' * 2000}",
    ],
)
def test_what_is_no_address_to_send_to_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_url(url, allows_private=False)
    assert refused.value.field == "url"


def test_an_address_is_kept_as_it_is_asked_for_and_shown_without_its_path() -> None:
    kept = checked_url(" https://Bücher.example/hö?a=1 ", allows_private=False)
    assert kept == "https://xn--bcher-kva.example/h%C3%B6?a=1"
    assert (
        masked("https://hooks.example/services/T0/B0/secretX7f3") == "https://hooks.example/…X7f3"
    )
    assert masked("https://hooks.example/") == "https://hooks.example"


def test_a_name_is_asked_for_once_and_what_it_leads_to_then_is_what_counts(
    receiver: Receiver,
) -> None:
    port = receiver.url.partition("127.0.0.1:")[2].partition("/")[0]
    answers = iter([["127.0.0.1"], PUBLIC])
    url = f"http://rebound.example:{port}/hooks"
    outcome = posting.post(url, "{}", {}, allows_private=False, resolve=lambda *_: next(answers))
    assert outcome.fault == "The name leads to an address of a private network."
    assert receiver.got == []
    assert next(answers) == PUBLIC


def test_of_several_addresses_those_that_are_allowed_are_tried_in_turn(
    receiver: Receiver,
) -> None:
    url = receiver.url.replace("127.0.0.1", "hooks.example")
    found = ["::1", "127.0.0.1"]
    outcome = posting.post(url, "{}", {}, allows_private=True, resolve=lambda *_: found)
    assert outcome.has_arrived
    assert receiver.got[0].headers["host"].startswith("hooks.example")


@contextmanager
def silent(port: int) -> Generator[str]:
    """An address of this machine at which no connection is accepted, nor refused."""
    address = "127.0.0.2"
    with socket.create_server((address, port), backlog=0), ExitStack() as full:
        for _ in range(2):
            caller = full.enter_context(socket.socket())
            caller.settimeout(0)
            caller.connect_ex((address, port))
        yield address


def test_an_address_that_is_silent_leaves_time_for_the_next(receiver: Receiver) -> None:
    port = int(receiver.url.partition("127.0.0.1:")[2].partition("/")[0])
    with silent(port) as dead:
        found = [dead, "127.0.0.1"]
        backend = CheckedBackend(Deadline(0.8), allows_private=True, resolve=lambda *_: found)
        with httpcore.ConnectionPool(network_backend=backend) as pool:
            answer = pool.request("POST", f"http://hooks.example:{port}/hooks", content=b"{}")
    assert answer.status == 204


def test_a_name_that_leads_nowhere_is_a_fault_in_words() -> None:
    def nowhere(*_: object) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    outcome = posting.post(
        "https://nowhere.example/", "{}", {}, allows_private=False, resolve=nowhere
    )
    assert "Name or service not known" in outcome.fault
    assert outcome.status is None


@contextmanager
def dripping(answer: bytes) -> Generator[int]:
    """The port of a server that sends a byte of its answer now and then."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                for byte in answer:
                    if ended.wait(0.005):
                        return
                    connection.sendall(bytes([byte]))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        thread.join()


def test_one_that_sends_a_byte_now_and_then_keeps_nobody() -> None:
    began = time.monotonic()
    with dripping(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000) as port:
        backend = CheckedBackend(Deadline(0.3), allows_private=True)
        with (
            httpcore.ConnectionPool(network_backend=backend) as pool,
            pytest.raises(httpcore.ReadTimeout),
        ):
            pool.request("POST", f"http://127.0.0.1:{port}/")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("line", "has_arrived"), [("200 OK", True), ("500 Broken", False)])
def test_the_status_counts_though_the_text_after_it_does_not_end(
    monkeypatch: pytest.MonkeyPatch, line: str, *, has_arrived: bool
) -> None:
    monkeypatch.setattr(posting, "SECONDS_OF_BODY", 0.1)
    head = f"HTTP/1.1 {line}\r\nContent-Length: 9000\r\n\r\n".encode()
    with dripping(head + b"x" * 1000) as port:
        outcome = posting.post(f"http://127.0.0.1:{port}/", "{}", {}, allows_private=True)
    assert (outcome.has_arrived, outcome.fault) == (has_arrived, "")
    assert str(outcome.status) == line[:3]
    assert set(outcome.answer) == {"x"}
