"""The headers that every answer carries."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR_OF_SECONDS = 365 * 24 * 3600

Header = tuple[str, str]

_NOT_KEPT = [("Cache-Control", "no-store")]
_BY_TLS = [("Strict-Transport-Security", f"max-age={YEAR_OF_SECONDS}")]


def missing(given: list[Header], *, is_file: bool, is_by_tls: bool) -> list[Header]:
    """Return what an answer lacks: what it has said itself stays as it is."""
    wanted = _OF_FILES if is_file else _OF_ANSWERS
    said = {name.lower() for name, _ in given}
    added = [header for name, header in wanted if name not in said]
    return added + _BY_TLS if is_by_tls else added


def _by_small_name(headers: list[Header]) -> list[tuple[str, Header]]:
    return [(name.lower(), (name, value)) for name, value in headers]


_OF_FILES = _by_small_name([*HEADERS.items()])
_OF_ANSWERS = _by_small_name([*HEADERS.items(), *_NOT_KEPT])
