"""Simulated visitors of the demo shop, who come in by the server's own doors as real ones do."""

import random
import secrets
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict

import httpx

from app.core.errors import InvalidInput
from app.demo import setup
from app.demo.data import CORNER_SHOP_KEY
from app.serving import memory
from app.web.header_names import VISITORS_KEY

SECONDS_TO_ANSWER = 5.0
VISITORS_A_BATCH = 100
EXPERIMENT, NEW_VERSION = "buy-button", "treatment"
SHARES = {"purchase": (0.08, 0.10), "add-to-basket": (0.20, 0.25)}
"""By goal: which share of the visitors reaches it with the original, and with the new version."""
VALUES = {"purchase": 6.5}
"""What reaching a goal is worth: the jam on the shop's page."""


class Report(TypedDict):
    """A report on the visitors: the server accepted `exposed` and `conversions`."""

    visitors: int
    exposed: int
    conversions: int
    dropped: int


@dataclass(frozen=True)
class Shop:
    """The demo shop of the server that `client` calls."""

    client: httpx.Client

    def send(self, visitors: int, note: Callable[[int], object]) -> Report:
        """Send so many visitors, and note how many each batch had. Raises InvalidInput."""
        counts: Counter[str] = Counter()
        for begin in range(0, visitors, VISITORS_A_BATCH):
            size = min(VISITORS_A_BATCH, visitors - begin)
            counts.update(self._collect([event for _ in range(size) for event in self._visit()]))
            note(size)
        return Report(
            visitors=visitors,
            exposed=counts["exposure"],
            conversions=counts["conversion"],
            dropped=counts["dropped"],
        )

    def values(self, unit: str) -> dict[str, object]:
        """Return what the visitor gets of each running experiment. Raises InvalidInput."""
        body = {"context": {"targetingKey": unit}}
        flags = self._post("/ofrep/v1/evaluate/flags", body, "flags")
        return {flag["key"]: flag["value"] for flag in flags}

    def _visit(self) -> list[dict[str, object]]:
        """Return the events of a new visitor, who does as one does on the shop's page."""
        unit = secrets.token_hex(16)
        values = self.values(unit)
        reached = [
            {"type": "conversion", "goal": goal, "unit": unit, "value": VALUES.get(goal)}
            for goal, shares in SHARES.items()
            if random.random() < shares[values.get(EXPERIMENT) == NEW_VERSION]  # noqa: S311
        ]
        exposure: dict[str, object] = {"type": "exposure", "experiment": EXPERIMENT, "unit": unit}
        return [exposure, *reached] if EXPERIMENT in values else reached

    def _collect(self, events: Sequence[dict[str, object]]) -> list[str]:
        """Return the types of the events that were accepted, and "dropped" for each other."""
        dropped = {each["index"] for each in self._post("/collect", {"events": events}, "dropped")}
        return [
            "dropped" if index in dropped else str(event["type"])
            for index, event in enumerate(events)
        ]

    def _post(self, path: str, body: dict[str, Any], wanted: str) -> list[dict[str, Any]]:
        address = self.client.base_url
        try:
            answer = self.client.post(path, json=body).raise_for_status()
            return answer.json()[wanted]
        except httpx.HTTPStatusError as error:
            raise InvalidInput(
                f"The server at {address} answers {error.response.status_code}: "
                "is it the one with this demo?"
            ) from None
        except httpx.HTTPError as error:
            raise InvalidInput(f"No server answers at {address}: {error}.") from None
        except (ValueError, KeyError, TypeError):
            raise InvalidInput(f"The server at {address} is no Switchyard.") from None


@contextmanager
def reached(address: str) -> Generator[Shop]:
    """Find the demo shop of the server at `address`, which answers and runs its experiment.

    Raises InvalidInput when there is no demo here, no Switchyard there, or nothing to count for.
    """
    client_key = setup.shop_key()
    if client_key is None:
        raise InvalidInput("The demo is not loaded: flask --app wsgi demo loads it.")
    headers = {VISITORS_KEY: client_key}
    try:
        client = httpx.Client(base_url=address, headers=headers, timeout=SECONDS_TO_ANSWER)
    except httpx.InvalidURL as error:
        raise InvalidInput(f"{address} is no address: {error}.") from None
    with client:
        shop = Shop(client)
        shop.values("somebody")
        _require_running(client_key, address)
        yield shop


def _require_running(client_key: str, address: str) -> None:
    running = memory.of_app().known(client_key).running
    if EXPERIMENT not in running.experiments:
        page = f"{address.rstrip('/')}/projects/{CORNER_SHOP_KEY}"
        raise InvalidInput(f"The experiment {EXPERIMENT} is not running; start it first: {page}")
