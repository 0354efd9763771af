"""What a browser is called."""

import pytest

from app.pages.account.devices import name

MOZILLA = "Mozilla/5.0 "
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "called"),
    [
        (f"{MOZILLA}(X11; Linux x86_64) {WEBKIT}Chrome/142.0.0.0 Safari/537.36", "Chrome on Linux"),
        (
            f"{MOZILLA}(Windows NT 10.0; Win64; x64) {WEBKIT}Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge on Windows",
        ),
        (f"{MOZILLA}(Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}Safari/605.1", "Safari on macOS"),
        (
            f"{MOZILLA}(iPhone; CPU iPhone OS 18_1 like Mac OS X) {WEBKIT}Mobile/1 Safari/604.1",
            "Safari on iPhone",
        ),
        (f"{MOZILLA}(Android 15; Mobile; rv:145.0) Gecko/1 Firefox/145.0", "Firefox on Android"),
        ("curl/8.14.1", "curl"),
        ("Werkzeug/3.1", "Werkzeug"),
        (MOZILLA, "Unknown browser"),
        ("", "Unknown browser"),
        ("<b>bold</b>", "Unknown browser"),
        ("x" * 200, "x" * 40),
    ],
)
def test_a_browser_is_called_by_its_name_and_its_system(user_agent: str, called: str) -> None:
    assert name(user_agent) == called
