"""What a larger plan starts, in the words of the admins' pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from app.pages.common.words import counted, quoted
from app.tenancy.agreements import NotAgreed, Start


@dataclass(frozen=True)
class Question:
    """What is asked before a plan is saved: its title, what would start by project, its button."""

    title: str
    projects: list[tuple[str, str]]
    verb: str
    token: str


def question(asked: NotAgreed, verb: str) -> Question:
    """Return what to ask; `verb` is what the button says it does besides."""
    experiments = counted(len(asked.starts), "experiment")
    return Question(
        f"This starts {experiments} at once",
        _by_project(asked.starts),
        f"{verb} and start {len(asked.starts)}",
        asked.token,
    )


def told(starts: Sequence[Start]) -> str:
    """Return what was started, as a sentence; "" where nothing was."""
    if not starts:
        return ""
    where = "; ".join(f"{names} in {project}" for project, names in _by_project(starts))
    return f" {counted(len(starts), 'experiment')} went live from the queue: {where}."


def _by_project(starts: Sequence[Start]) -> list[tuple[str, str]]:
    by_project = groupby(starts, lambda start: start.project_name)
    return [(project, quoted([start.name for start in each])) for project, each in by_project]
