"""The history of a project or of one of its experiments."""

from app.pages.history import page

PAGES = (page,)
