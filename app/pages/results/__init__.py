"""The result of an experiment."""

from app.pages.results import page

PAGES = (page,)
