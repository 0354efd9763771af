"""Limits of requests: how many an address may send, and how many are worked on at once."""
