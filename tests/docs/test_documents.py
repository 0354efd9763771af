"""What holds for every document: its commands run in a test, its links lead somewhere."""

import re
from collections.abc import Mapping
from pathlib import PurePath

import pytest

from tests.docs.documents import ROOT, agrees, commands, text_of, tracked
from tests.docs.reader import IN_CI

DOCUMENTS = tracked("*.md")
TESTS = {path.name: path.read_text() for path in (ROOT / "tests" / "docs").glob("test_*.py")}


def test_every_document_with_commands_is_followed_by_a_reader() -> None:
    to_follow = [each for each in DOCUMENTS if set(commands(each)) - IN_CI]
    followed = [each for each in to_follow if any(f'"{each}"' in text for text in TESTS.values())]
    assert followed == to_follow


# Its pages and programs run in tests of their own.
RECIPES = "docs/how-to/recipes.md"


def test_every_command_stands_in_a_block_that_readers_see() -> None:
    documents = [each for each in DOCUMENTS if each != RECIPES]
    fences = {each: re.findall(r"^ *```(\w*)$", text_of(each), re.M) for each in documents}
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
        r"`((?:app|deploy|tests|templates|static|migrations)/[\w/.]*)`",
        text_of("docs/architecture.md"),
    )
    assert named
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_the_map_names_every_folder_and_no_other() -> None:
    entries = map_entries()
    parents = {"", "app", "app/api", "app/pages", "deploy", "docs", "tests"}
    folders = {str(each) for name in tracked() for each in PurePath(name).parents[:-1]}
    to_name = {each for each in folders if each.rpartition("/")[0] in parents and each[0] != "."}
    # Those of the tests are as those of the application.
    to_name -= {each.replace("app/", "tests/", 1) for each in to_name if each.startswith("app/")}
    assert [each for each in sorted(to_name) if not is_in_map(each, entries)] == []
    assert set(entries) <= folders


def map_entries() -> dict[str, str]:
    """Return what the map of the architecture says of each folder that has a line of its own."""
    found, path = {}, ""
    block = text_of("docs/architecture.md").partition("```text\n")[2].partition("```")[0]
    for line in block.splitlines():
        begun = re.match(r"( {0,2})(\w+)/(?: +|$)", line)
        if begun:
            path = f"app/{begun[2]}" if begun[1] else begun[2]
        elif not line.startswith(" " * 22):
            path = ""
        found[path] = found.get(path, "") + line[begun.end() if begun else 0 :] + "\n"
    return {path: says for path, says in found.items() if path}


def is_in_map(folder: str, entries: Mapping[str, str]) -> bool:
    """Return whether a folder has a line, or is named in that of the folder that it is in."""
    within, _, name = folder.rpartition("/")
    return folder in entries or name in re.findall(r"[\w-]+", entries.get(within, ""))


def test_a_contributor_is_told_of_each_package_that_tests_need() -> None:
    installed = re.findall(r"missing\+=\(([^)]*)\)", text_of(".ci/run"))
    packages = {name for each in installed for name in each.split()}
    assert packages
    (told,) = re.findall(r"`apt-get install ([^`]*)`", text_of("CONTRIBUTING.md"))
    assert packages == set(told.split())


def test_a_version_in_the_changelog_tells_of_each_kind_once() -> None:
    versions = re.split(r"^## ", text_of("CHANGELOG.md"), flags=re.M)[1:]
    kinds = [re.findall(r"^### (.*)$", each, re.M) for each in versions]
    assert any(kinds)
    assert [each for each in kinds if len(set(each)) < len(each)] == []


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
