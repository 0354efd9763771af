"""What a start leaves for later: how the addresses of routes are built."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import url_for
from werkzeug.routing import Rule

from app import create_app
from tests.settings import SECRET_KEY


def test_a_start_learns_to_build_no_address_and_the_first_link_its_own_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    learned: list[str] = []
    build = Rule._compile_builder  # noqa: SLF001 - what Werkzeug does for each rule

    def noted(rule: Rule, append_unknown: bool) -> Callable[..., tuple[str, str]]:  # noqa: FBT001
        learned.append(rule.rule)
        return build(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", noted)
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}, tmp_path)
    assert learned == []
    with app.test_request_context():
        links = [url_for("static", filename=name, v=1) for name in ("a.css", "b.css")]
    assert links == ["/static/a.css?v=1", "/static/b.css?v=1"]
    assert learned == ["/static/<path:filename>"]
