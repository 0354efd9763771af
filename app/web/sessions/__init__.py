"""Browsers that are signed in: their cookies, and what is noted and remembered of them."""
