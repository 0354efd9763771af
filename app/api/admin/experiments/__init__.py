"""Experiments over /api/admin: listed, created, designed and started; all of them stopped."""

from app.api.admin.experiments import (
    actions,
    always_shown,
    bulk,
    exclusions,
    experiments,
    holds,
    launch,
    notes,
    previews,
    schedules,
    starts,
    traffic,
)

DOORS = (
    actions,
    always_shown,
    bulk,
    exclusions,
    experiments,
    holds,
    launch,
    notes,
    previews,
    schedules,
    starts,
    traffic,
)
