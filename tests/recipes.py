"""The recipes for sites, as they stand in docs/how-to/recipes.md."""

from tests.docs.documents import blocks

DOCUMENT = "docs/how-to/recipes.md"
_PLACES = (
    "plain page",
    "tag manager",
    "one document",
    "consent manager",
    "openfeature in a page",
    "python",
    "node",
)


def recipe(name: str, **put_in: str) -> str:
    """The recipe of this name, with what stands in for names in it."""
    text = blocks(DOCUMENT)[_PLACES.index(name)].text
    # The longest first: LOADER is a part of WAITING_LOADER.
    for stand_in in sorted(put_in, key=len, reverse=True):
        text = text.replace(stand_in, put_in[stand_in])
    return text
