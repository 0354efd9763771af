"""The countries that a visitor may come from, as proxies write them: by codes of two letters."""

from importlib import resources

# ISO 3166 has no code for Kosovo: proxies send this one, which it leaves to its users.
KOSOVO = "XK"


def _codes() -> frozenset[str]:
    lines = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8").splitlines()
    return frozenset({line[:2] for line in lines if not line.startswith("#")} | {KOSOVO})


# Read once: every evaluation asks for the country of its visitor.
CODES = _codes()
"""The codes of ISO 3166-1, as the IANA time zone data lists them."""
