"""The contract that asks for a status by name: /api/admin/..."""

from app.api.admin import bulk, experiments, goals, history, holds, keys, launch, notes, starts

DOORS = (bulk, experiments, goals, history, holds, keys, launch, notes, starts)
