"""A project's own pages: slots, hold, goals, members, keys, installation, visitors."""

from app.pages.project import goals, hold, install, keys, members, slots, visitor

PAGES = (goals, hold, install, keys, members, slots, visitor)
