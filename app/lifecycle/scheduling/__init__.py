"""Scheduling: changes that are set for a moment, and what comes of them."""
