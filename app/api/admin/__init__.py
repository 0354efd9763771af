"""The contract that asks for a status by name: /api/admin/..."""

from app.api.admin import (
    actions,
    audit,
    bulk,
    experiments,
    goals,
    history,
    holds,
    keys,
    launch,
    members,
    notes,
    overrides,
    projects,
    schedules,
    sites,
    starts,
)

DOORS = (
    actions,
    audit,
    bulk,
    experiments,
    goals,
    history,
    holds,
    keys,
    launch,
    members,
    notes,
    overrides,
    projects,
    schedules,
    sites,
    starts,
)
