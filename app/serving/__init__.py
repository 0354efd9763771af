"""Serving of visitors: their variants, and the counts of them."""
