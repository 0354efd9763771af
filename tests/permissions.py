"""The permission matrix: what each caller gets on each route, as `permissions.txt` has it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("permissions.txt")
BROWSERS = ("nobody", "ended", "other", "viewer", "marketer", "owner", "admin")
KEYS = ("admin-key", "other-key", "server", "client", "expired", "revoked")
CALLERS = (*BROWSERS, *KEYS)
SIGN_IN = "in"
_JSON_DOORS = ("/v2", "/api", "/ofrep", "/collect", "/healthz", "/readyz", "/metrics")
_CONVERTER = re.compile(r"<[^<>]*:(\w+)>")


@dataclass(frozen=True)
class Route:
    """A line of the table: a method, an address, and what comes of it for each caller."""

    method: str
    rule: str
    outcomes: Mapping[str, str]

    @property
    def name(self) -> str:
        """Return what the route is called elsewhere."""
        return f"{self.method} {self.rule}"

    @property
    def is_json(self) -> bool:
        """Return whether it belongs to programs."""
        return self.rule.startswith(_JSON_DOORS)

    @property
    def is_of_sessions(self) -> bool:
        """Return whether the caller's own session may begin or end there."""
        return self.method == "POST" and self.rule.startswith(("/sign-", "/account"))

    @property
    def is_of_admins(self) -> bool:
        """Return whether it belongs to the programs of admins, and no key opens it."""
        return self.rule.startswith("/api") and not self.lets_in("owner")

    def lets_in(self, caller: str) -> bool:
        """Return whether the caller is neither refused nor led to the sign-in page."""
        outcome = self.outcomes[caller]
        return outcome != SIGN_IN and int(outcome) < 400


def plain(rule: str) -> str:
    """Return a rule as the table has it: `<int:code>` is `<code>`."""
    return _CONVERTER.sub(r"<\1>", rule)


def routes() -> list[Route]:
    """Return every line of the table."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if line[:1] not in {"", "#"}]
    head, *rest = ([word for word in line if word != "|"] for line in lines)
    assert tuple(head[2:]) == CALLERS
    return [_route(line) for line in rest]


def _route(words: Sequence[str]) -> Route:
    method, rule, *outcomes = words
    return Route(method, rule, dict(zip(CALLERS, outcomes, strict=True)))
