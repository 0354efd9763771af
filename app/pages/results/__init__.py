"""The result of an experiment."""

from app.pages.results import files, left_out, page

PAGES = (files, left_out, page)
