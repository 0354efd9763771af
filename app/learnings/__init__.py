"""Learnings: what came of the experiments that have ended, and how often they win."""
