"""The reference names everything that there is."""

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from app import create_app
from app.accounts import tokens
from app.core.settings import Settings
from app.events.events import Reason
from app.launch.check import Code, Mend, State
from app.lifecycle.refusals import RefusalCode, WayOut
from app.models import AnnouncementKind, AuditKind, Conclusion, KeyType, Kind, Scope, SplitFault
from app.results.verdict import VerdictKind
from tests.docs.documents import text_of
from tests.settings import SECRET_KEY

JSON_DOORS = ("/v2/", "/api/", "/ofrep/", "/collect", "/switchyard.js", "/scripts/")


def names_missing_in(document: str, names: Iterable[str]) -> list[str]:
    text = text_of(document)
    return [name for name in names if f"`{name}`" not in text]


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ("docs/reference/refusals.md", RefusalCode),
        ("docs/reference/refusals.md", WayOut),
        ("docs/reference/audit.md", AuditKind),
        ("docs/reference/endpoints.md", Kind),
        ("docs/reference/endpoints.md", Reason),
        ("docs/reference/endpoints.md", Conclusion),
        ("docs/reference/endpoints.md", SplitFault),
        ("docs/reference/keys.md", KeyType),
        ("docs/reference/keys.md", Scope),
        ("docs/reference/lifecycle.md", Code),
        ("docs/reference/lifecycle.md", State),
        ("docs/reference/lifecycle.md", Mend),
        ("docs/reference/visitors.md", VerdictKind),
        ("docs/reference/webhooks.md", AnnouncementKind),
    ],
)
def test_every_word_that_programs_may_meet_is_named(document: str, names: type[StrEnum]) -> None:
    assert names_missing_in(document, [each.value for each in names]) == []


@pytest.mark.parametrize("key_type", KeyType)
def test_the_expression_for_scanners_finds_each_token_and_nothing_around_it(
    key_type: KeyType,
) -> None:
    (expression,) = re.findall(r"```text\n(.+)\n```", text_of("docs/reference/keys.md"))
    now, earlier = tokens.new(key_type), f"{tokens.PREFIXES[key_type]}{'0a' * 24}"
    text = f"KEY={now}\n'{earlier}', {now}x and sdk_{key_type}_{'a' * 20}"
    assert [found[0] for found in re.finditer(expression, text)] == [now, earlier]


def test_every_setting_is_named() -> None:
    assert "DATABASE_URL" in Settings.model_fields
    assert names_missing_in("docs/reference/settings.md", Settings.model_fields) == []


def test_every_json_endpoint_is_named_with_its_methods(tmp_path: Path) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY}, tmp_path)
    rows = [line for line in text_of("docs/reference/endpoints.md").splitlines() if "`" in line]
    unnamed = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(JSON_DOORS)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not any(is_named(method, rule.rule, row) for row in rows)
    ]
    assert sorted(unnamed) == []


def is_named(method: str, rule: str, row: str) -> bool:
    """Return whether a row's first cell names the method and the address within its contract."""
    address = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule)
    address = re.sub(r"{(public|key)_id}", "{id}", address)
    address = re.sub(r"^(/v2/project/{project_key}|/api/admin)", "", address)
    cell = row.split("|")[1] if row.startswith("|") else ""
    return method in re.findall(r"[A-Z]+", cell) and bool(
        re.search(rf" {re.escape(address)}[`?]", cell)
    )
