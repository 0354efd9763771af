"""Who is measured beside whom: each contestant repeats requests to a server."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, repeat
from pathlib import Path
from secrets import token_hex

import httpx

from tests import databases
from tests.bench.data import CLIENTS, Prepared, prepare
from tests.bench.load import Pace, Requests, measure, request
from tests.bench.sizes import CHANGED_SIZE, SECONDS, SIZES, VISITORS
from tests.bench.visitors import CONTEXT, Shop
from tests.servers import Server, serve
from tests.world import World

KINDS = ("SQLite", "PostgreSQL")
FLOOR = "tests.bench.floor_server:app"
BARE_ROUTE = "tests.bench.bare_route:app"

Key = tuple[str, int]


@dataclass(frozen=True)
class Contestant:
    """Requests, each list of them on a connection of its own, with the status of every answer."""

    name: str
    server: Server
    requests: list[Requests]
    expected: int = 200

    def run(self, seconds: float = SECONDS) -> Pace:
        """One round."""
        return measure(self.server, self.requests, self.expected, seconds)


@dataclass(frozen=True)
class Arena:
    """All filled databases, Switchyard on each of them, and the floor where it is measured too.

    What is measured beside the bare route is asked of one worker each: how many of the connections
    each of several workers takes is chance, and the pace of the one that takes most is then theirs.
    """

    prepared: Mapping[Key, Prepared]
    servers: Mapping[Key, Server]
    floors: Mapping[str, Server]
    single: Mapping[str, Server]
    bare: Server
    own_bare: Server

    def contestants(self) -> list[Contestant]:
        """Everybody, those who are compared with each other close together."""
        return [
            *(each for kind in KINDS for each in self._changes(kind)),
            *(self._page(kind, size) for kind in KINDS for size in SIZES),
            *(self._start_page(kind, size) for kind in KINDS for size in SIZES),
            self._bare(),
            *(self._poll(kind) for kind in KINDS),
            *(self._evaluation(kind) for kind in KINDS),
            *(self._unchanged_evaluations(kind) for kind in KINDS),
            *(each for kind in KINDS for each in self._collecting(kind)),
            self._own_bare(),
            *(self._beacon(kind) for kind in KINDS),
            *(self._result(kind, visitors) for kind in KINDS for visitors in VISITORS),
        ]

    def shop_of_pages(self) -> tuple[World, Server]:
        """The database in which pages find what runs, and the server that they ask."""
        kind = KINDS[0]
        return World(self.prepared[kind, CHANGED_SIZE].app), self.single[kind]

    def _changes(self, kind: str) -> list[Contestant]:
        # Both go on with the same requests where the other stopped: every request is a change.
        requests: list[Requests] = [
            cycle(
                request("PATCH", target.path, {"x-api-key": target.key}, {"status": status})
                for status in (1, 0)
            )
            for target in self.prepared[kind, CHANGED_SIZE].targets
        ]
        switchyard = self.servers[kind, CHANGED_SIZE]
        return [
            Contestant(change_by_hand(kind), self.floors[kind], requests),
            Contestant(change(kind), switchyard, requests),
            Contestant(change_once(kind), switchyard, self._changes_once(kind)),
        ]

    def _changes_once(self, kind: str) -> list[Requests]:
        return [
            (
                request("PATCH", target.path, headers, {"status": status})
                for status in cycle((1, 0))
                for headers in [{"x-api-key": target.key, "Idempotency-Key": token_hex(8)}]
            )
            for target in self.prepared[kind, CHANGED_SIZE].targets
        ]

    def _page(self, kind: str, size: int) -> Contestant:
        path, headers = self._signed_in(kind, size)
        server = self.servers[kind, size]
        return Contestant(page(kind, size), server, [repeat(request("GET", path, headers))])

    def _start_page(self, kind: str, size: int) -> Contestant:
        _, headers = self._signed_in(kind, size)
        server = self.servers[kind, size]
        return Contestant(start_page(kind, size), server, [repeat(request("GET", "/", headers))])

    def _poll(self, kind: str) -> Contestant:
        path, headers = self._signed_in(kind, CHANGED_SIZE)
        server = self.single[kind]
        headers["HX-Request"] = "true"
        shown = httpx.get(server.address + path, headers=headers).raise_for_status()
        headers["If-None-Match"] = shown.headers["ETag"]
        requests: list[Requests] = [repeat(request("GET", path, headers))] * CLIENTS
        return Contestant(poll(kind), server, requests, expected=304)

    def _evaluation(self, kind: str) -> Contestant:
        shop = self._shop(kind)
        path = f"{FLAGS}/{shop.flag}"
        requests: list[Requests] = [repeat(request("POST", path, shop.headers, CONTEXT))] * CLIENTS
        return Contestant(evaluation(kind), self.single[kind], requests)

    def _unchanged_evaluations(self, kind: str) -> Contestant:
        server, headers = self.single[kind], self._shop(kind).headers
        shown = httpx.post(server.address + FLAGS, headers=headers, json=CONTEXT)
        headers["If-None-Match"] = shown.raise_for_status().headers["ETag"]
        requests: list[Requests] = [repeat(request("POST", FLAGS, headers, CONTEXT))] * CLIENTS
        return Contestant(unchanged_evaluations(kind), server, requests, expected=304)

    def _collecting(self, kind: str) -> list[Contestant]:
        requests = [self._shop(kind).batches() for _ in range(SENDERS)]
        switchyard = self.servers[kind, CHANGED_SIZE]
        return [
            Contestant(collecting_by_hand(kind), self.floors[kind], requests, expected=202),
            Contestant(collecting(kind), switchyard, requests, expected=202),
        ]

    def _beacon(self, kind: str) -> Contestant:
        requests = [self._shop(kind).beacons() for _ in range(BEACONS)]
        return Contestant(beacon(kind), self.single[kind], requests, expected=202)

    def _own_bare(self) -> Contestant:
        # It asks no database: that of either kind would do.
        sent = next(self._shop(KINDS[0]).beacons("/collect/bare"))
        requests: list[Requests] = [repeat(sent)] * BEACONS
        return Contestant(OWN_BARE, self.own_bare, requests, expected=202)

    def _result(self, kind: str, visitors: int) -> Contestant:
        shop, server = self._shop(kind), self.servers[kind, CHANGED_SIZE]
        sent = request("GET", shop.results[visitors], server.sign_in(shop.email))
        return Contestant(result(kind, visitors), server, [repeat(sent)])

    def _shop(self, kind: str) -> Shop:
        shop = self.prepared[kind, CHANGED_SIZE].shop
        assert shop
        return shop

    def _bare(self) -> Contestant:
        requests: list[Requests] = [repeat(request("GET", "/bare", {}))] * CLIENTS
        return Contestant(BARE, self.bare, requests)

    def _signed_in(self, kind: str, size: int) -> tuple[str, dict[str, str]]:
        prepared = self.prepared[kind, size]
        return prepared.path, self.servers[kind, size].sign_in(prepared.email)


BARE = "bare JSON route"
OWN_BARE = "Switchyard's bare JSON route, sent an event"
FLAGS = "/ofrep/v1/evaluate/flags"
SENDERS = 4
BEACONS = 64


def change_by_hand(kind: str) -> str:
    """The name of the status change by hand."""
    return f"status change, {kind}, by hand"


def change(kind: str) -> str:
    """The name of Switchyard's status change."""
    return f"status change, {kind}, Switchyard"


def change_once(kind: str) -> str:
    """The name of Switchyard's status change with an Idempotency-Key."""
    return f"status change, {kind}, with a key"


def page(kind: str, size: int) -> str:
    """The name of the experiments page."""
    return f"experiments page, {kind}, {size:,} experiments"


def start_page(kind: str, size: int) -> str:
    """The name of the start page."""
    return f"start page, {kind}, {size:,} experiments"


def poll(kind: str) -> str:
    """The name of the unchanged poll."""
    return f"unchanged poll (304), {kind}"


def evaluation(kind: str) -> str:
    """The name of evaluating one experiment."""
    return f"single evaluation, {kind}"


def unchanged_evaluations(kind: str) -> str:
    """The name of evaluating all experiments where nothing has changed."""
    return f"bulk evaluation (304), {kind}"


def collecting_by_hand(kind: str) -> str:
    """The name of the batch insert by hand, 500 rows a request."""
    return f"500 events, {kind}, by hand"


def collecting(kind: str) -> str:
    """The name of Switchyard's collecting, 500 events a request."""
    return f"500 events, {kind}, Switchyard"


def beacon(kind: str) -> str:
    """The name of collecting one event a request."""
    return f"one event, {kind}"


def result(kind: str, visitors: int) -> str:
    """The name of the result page after so many visitors."""
    return f"result page, {kind}, {visitors:,} visitors"


def arena(open_until_the_end: ExitStack, folder: Path) -> Arena:
    """Fill the databases and start the servers; they stop when the stack closes."""
    postgresql = open_until_the_end.enter_context(databases.postgresql_server(durable=True))
    urls = {("SQLite", size): f"sqlite:///{folder / f'{size}.db'}" for size in SIZES}
    for size in SIZES:
        urls["PostgreSQL", size] = databases.create_database(postgresql, f"bench_{size}")
    prepared = {
        key: prepare(url, folder, key[1], with_shop=key[1] == CHANGED_SIZE)
        for key, url in urls.items()
    }

    def start(url: str, application: str = "wsgi:app", workers: int = 2) -> Server:
        server = serve(url, folder, application=application, workers=workers)
        return open_until_the_end.enter_context(server)

    changed = {kind: urls[kind, CHANGED_SIZE] for kind in KINDS}
    return Arena(
        prepared,
        servers={key: start(url) for key, url in urls.items()},
        floors={kind: start(url, FLOOR) for kind, url in changed.items()},
        single={kind: start(url, workers=1) for kind, url in changed.items()},
        bare=start(changed[KINDS[0]], FLOOR, workers=1),
        own_bare=start(changed[KINDS[0]], BARE_ROUTE, workers=1),
    )
