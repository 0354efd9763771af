"""The result of an experiment."""

from app.pages.results import files, page

PAGES = (files, page)
