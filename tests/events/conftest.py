"""Fixtures: the application that evaluations are tested with, and a site on it."""

from tests.serving.conftest import app, audited, site

__all__ = ["app", "audited", "site"]
