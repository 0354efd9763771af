"""The contract that asks for a status by name: /api/admin/..."""

from app.api.admin import experiments, for_admins, project

DOORS = (*experiments.DOORS, *project.DOORS, *for_admins.DOORS)
