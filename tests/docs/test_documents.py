"""What holds for every document: its commands run in a test, its links lead somewhere."""

import re

import pytest

from tests.docs.documents import ROOT, agrees, commands, text_of, tracked
from tests.docs.reader import IN_CI

DOCUMENTS = tracked("*.md")
TESTS = {path.name: path.read_text() for path in (ROOT / "tests" / "docs").glob("test_*.py")}


def test_every_document_with_commands_is_followed_by_a_reader() -> None:
    to_follow = [each for each in DOCUMENTS if set(commands(each)) - IN_CI]
    followed = [each for each in to_follow if any(f'"{each}"' in text for text in TESTS.values())]
    assert followed == to_follow


def test_every_command_stands_in_a_block_that_readers_see() -> None:
    fences = {each: re.findall(r"^ *```(\w*)$", text_of(each), re.M) for each in DOCUMENTS}
    unseen = {
        each: [*set(found[::2]) - {"sh", "json", "text"}] for each, found in fences.items() if found
    }
    assert [each for each, languages in unseen.items() if languages] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_links_to_is_in_the_repository(document: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]*)", text_of(document))
    linked = {((ROOT / document).parent / each).resolve() for each in targets if each}
    assert {each for each in linked if not each.exists()} == set()


def test_what_the_architecture_names_is_in_the_repository() -> None:
    named = re.findall(
        r"`((?:app|tests|templates|static|migrations)/[\w/.]*)`", text_of("docs/architecture.md")
    )
    assert named
    assert [each for each in named if not (ROOT / each).exists()] == []


@pytest.mark.parametrize(
    ("shown", "printed", "agree"),
    [
        ({"id": "exp_..."}, {"id": "exp_1"}, True),
        ({"id": "exp_..."}, {"id": "key_1"}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "...": "..."}, {"a": 1, "b": 2}, True),
        ({"a": 1, "...": "..."}, {"b": 2}, False),
        ([1, "..."], [1, 2], True),
        ([1], [1, 2], False),
        ([1, 2, "..."], [1], False),
    ],
)
def test_what_is_shown_agrees_with_what_is_printed_only_where_it_does(
    shown: object,
    printed: object,
    agree: bool,  # noqa: FBT001
) -> None:
    assert agrees(shown, printed) is agree
