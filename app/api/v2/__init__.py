"""The contract that asks for a status by integer: /v2/project/{project_key}/..."""

from app.api.v2 import creations, experiments, goals, previews, winners

DOORS = (creations, experiments, goals, previews, winners)
