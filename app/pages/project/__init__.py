"""A project's own pages: slots, hold, goals, members, keys, installation, API, visitors."""

from app.pages.project import api, goals, hold, install, keys, members, slots, visitor

PAGES = (api, goals, hold, install, keys, members, slots, visitor)
