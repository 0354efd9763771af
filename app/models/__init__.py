"""The tables and their constraints; no rules live here."""

from app.models.api_key import ApiKey, KeyType
from app.models.base import Base, now, table_of
from app.models.experiment import Door, Experiment, History, Status
from app.models.plan import Plan
from app.models.project import Membership, Project, Role
from app.models.user import User

__all__ = [
    "ApiKey",
    "Base",
    "Door",
    "Experiment",
    "History",
    "KeyType",
    "Membership",
    "Plan",
    "Project",
    "Role",
    "Status",
    "User",
    "now",
    "table_of",
]
