"""Serving of visitors: which variant each gets, from memory."""
