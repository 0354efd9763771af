"""How much is in the databases, and how long each is asked: as figures need it, or less by SMALL.

That shows that everything runs, and roughly where it stands, in a third of the time.
"""

import os

_IS_SMALL = bool(os.environ.get("SMALL"))
SIZES = (100, 1_000) if _IS_SMALL else (100, 10_000, 100_000)
CHANGED_SIZE = 1_000 if _IS_SMALL else 10_000
SECONDS = 0.2 if _IS_SMALL else 1.3
# Otherwise long enough for every worker to have answered, and to have compiled what it sends.
SECONDS_TO_WARM_UP = 0.1 if _IS_SMALL else 0.4
PAGES = 1 if _IS_SMALL else 15
VISITORS = (100, 1_000) if _IS_SMALL else (1_000, 1_000_000)
