"""A project's own pages: slots, hold, goals, members, keys, installation, API and more."""

from app.pages.project import api, goals, hold, install, keys, members, slots, visitor, webhooks

PAGES = (api, goals, hold, install, keys, members, slots, visitor, webhooks)
