"""The repository as a stranger gets it, and readers who follow its documents."""

import shutil
import subprocess
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.docs.documents import ROOT, tracked
from tests.docs.reader import Reader

MakeReader = Callable[..., Reader]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the files as they are now."""
    folder = tmp_path_factory.mktemp("repository")
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "All")):
        subprocess.run(["git", *author, *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def new_reader(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[MakeReader]:
    """Makes readers, each in an empty folder."""
    if not shutil.which("curl"):
        missing("curl is not installed: apt-get install curl")
    with ExitStack() as stack:

        def make(**replaced: str) -> Reader:
            reader = Reader(tmp_path_factory.mktemp("reader"), repository, replaced)
            stack.callback(reader.leave)
            return reader

        yield make
