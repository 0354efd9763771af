"""How much is in the databases, and how long each is asked: as figures need it, or less by SMALL.

That shows that everything runs, and roughly where it stands, in half the time.
"""

import os

_IS_SMALL = bool(os.environ.get("SMALL"))
SIZES = (100, 10_000) if _IS_SMALL else (100, 10_000, 100_000)
CHANGED_SIZE = 10_000
SECONDS = 0.5 if _IS_SMALL else 1.3
VISITORS = (1_000, 100_000) if _IS_SMALL else (1_000, 1_000_000)
