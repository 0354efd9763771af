"""A project's own pages: slots, hold, goals, members, keys, installation."""

from app.pages.project import goals, hold, install, keys, members, slots

PAGES = (goals, hold, install, keys, members, slots)
