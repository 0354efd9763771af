"""What admins who are signed in may do over /api/admin: plans, and any project."""

from app.api.admin.for_admins import (
    moves,
    overrides,
    plans,
    project_members,
    whole_audit,
)

DOORS = (
    moves,
    overrides,
    plans,
    project_members,
    whole_audit,
)
