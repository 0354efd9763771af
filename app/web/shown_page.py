"""The page that a browser shows while it sends a request."""

from urllib.parse import urlsplit

from flask import current_app, request

from app.web.header_names import HX_CURRENT_URL


def address() -> str:
    """Return its address without scheme and host, "/" where it is not known or cannot be opened."""
    return next(filter(can_be_opened, _candidates()), "/")


def _candidates() -> list[str]:
    """Return what may be the address of that page.

    A form's answer stands where the form was sent to.
    """
    asked = request.full_path.rstrip("?")
    if HX_CURRENT_URL in request.headers:
        return [_own_part(request.headers[HX_CURRENT_URL])]
    return [asked] if request.method == "GET" else [asked, _own_part(request.referrer or "")]


def _own_part(address: str) -> str:
    """Return the address without scheme and host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def can_be_opened(address: str) -> bool:
    """Return whether there is a page at an address."""
    path, adapter = address.partition("?")[0], current_app.create_url_adapter(request)
    return path.startswith("/") and adapter is not None and adapter.test(path, "GET")
