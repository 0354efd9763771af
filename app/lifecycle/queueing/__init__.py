"""Queueing: starts that wait for a slot, their order, and what comes of it."""
