"""A project's own pages: slots, goals, members, keys, installation."""

from app.pages.project import goals, install, keys, members, slots

PAGES = (goals, install, keys, members, slots)
