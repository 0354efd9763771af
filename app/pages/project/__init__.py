"""A project's own pages: slots, hold, goals, audiences, members, keys, API and more."""

from app.pages.project import (
    answers,
    api,
    audiences,
    goals,
    hold,
    install,
    keys,
    members,
    slots,
    visitor,
    webhooks,
)

PAGES = (answers, api, audiences, goals, hold, install, keys, members, slots, visitor, webhooks)
