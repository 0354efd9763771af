"""Tags of experiments: how they are written in a text, and kept."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core.errors import InvalidInput
from app.core.validation import CONTROL, is_visible
from app.models import LONGEST_TAG, Experiment, ExperimentTag, names

MOST_TAGS = 10
_BETWEEN = ","


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags that a text names, by commas: folded, each once, in their order.

    A tag without a visible character is left out.
    """
    written = (names.folded(each) for each in text.split(_BETWEEN))
    return tuple(sorted({each for each in written if is_visible(each)}))


def joined(tags: Sequence[str]) -> str:
    """Return the text that names these tags."""
    return f"{_BETWEEN} ".join(tags)


def checked_tags(text: str, field: str = "tags") -> str:
    """Return the text that names the same tags as they are kept; InvalidInput for bad ones."""
    tags = tags_of(text)
    if CONTROL.search(text):
        raise InvalidInput("A tag has no control characters.", field)
    if len(tags) > MOST_TAGS:
        raise InvalidInput(f"An experiment has at most {MOST_TAGS} tags.", field)
    if any(len(tag) > LONGEST_TAG for tag in tags):
        raise InvalidInput(f"A tag has at most {LONGEST_TAG} characters.", field)
    return joined(tags)


def write_tags(session: Session, experiment: Experiment, text: str) -> None:
    """Give an experiment the tags that a checked text names, in place of those it has."""
    session.execute(delete(ExperimentTag).where(ExperimentTag.test_id == experiment.test_id))
    session.add_all(
        ExperimentTag(test_id=experiment.test_id, tag=tag, project_id=experiment.project_id)
        for tag in tags_of(text)
    )
