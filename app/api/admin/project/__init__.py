"""The project of the key, over /api/admin: its plan, people, keys, goals, history, webhooks."""

from app.api.admin.project import (
    audit,
    goals,
    history,
    keys,
    learnings,
    members,
    named_audiences,
    projects,
    sites,
    webhook_deliveries,
    webhooks,
)

DOORS = (
    audit,
    goals,
    history,
    keys,
    learnings,
    members,
    named_audiences,
    projects,
    sites,
    webhook_deliveries,
    webhooks,
)
