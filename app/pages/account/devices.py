"""What to call a browser, by what it says of itself."""

import re

# Each says that it is some of those below it, too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"(?!Mozilla/)[A-Za-z][\w.-]{0,39}")
UNKNOWN = "Unknown browser"


def name(user_agent: str) -> str:
    """Return the browser and the system that a user agent names, as far as it does."""
    program = _PROGRAM.match(user_agent)
    browser = _first(_BROWSERS, user_agent) or (program[0] if program else UNKNOWN)
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for sign, name in names if sign in user_agent), None)
