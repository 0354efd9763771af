"""A project's own pages: slots, hold, goals, members, keys, installation, API and more."""

from app.pages.project import (
    answers,
    api,
    goals,
    hold,
    install,
    keys,
    members,
    slots,
    visitor,
    webhooks,
)

PAGES = (answers, api, goals, hold, install, keys, members, slots, visitor, webhooks)
