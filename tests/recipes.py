"""The recipes for sites, as they stand in docs/how-to/recipes.md."""

import re

from tests.docs.documents import block_below

_STAND_IN = re.compile("[A-Z_]+")


def recipe(heading: str, **put_in: str) -> str:
    """The recipe below a heading, with what stands in for names in it."""
    text = block_below("docs/how-to/recipes.md", heading).text
    return _STAND_IN.sub(lambda found: put_in.get(found[0], found[0]), text)
