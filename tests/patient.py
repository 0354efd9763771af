"""Requests by httpx that wait longer than any machine takes.

That an answer comes, and which, is what tests prove. How soon it comes is measured by `make soak`
alone, where nothing else takes the processors: elsewhere a busy machine would fail what is right.
"""

from functools import partial

import httpx
import pytest

SECONDS_TO_ANSWER = 60.0
# Within which everybody has an answer, whatever is wrong with the database.
PROMISED_SECONDS = 5.0

# Nobody here speaks TLS: to read who may sign for it takes longer than most requests do.
Client = partial(httpx.Client, timeout=SECONDS_TO_ANSWER, verify=False)
get = partial(httpx.get, timeout=SECONDS_TO_ANSWER, verify=False)
post = partial(httpx.post, timeout=SECONDS_TO_ANSWER, verify=False)
put = partial(httpx.put, timeout=SECONDS_TO_ANSWER, verify=False)
patch = partial(httpx.patch, timeout=SECONDS_TO_ANSWER, verify=False)

# Waits patiently in every run, and in `make soak` no longer than callers are promised.
within = pytest.mark.parametrize(
    "seconds", [SECONDS_TO_ANSWER, pytest.param(PROMISED_SECONDS, marks=pytest.mark.soak)]
)
