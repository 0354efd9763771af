"""The tables and their constraints; no rules live here."""

from app.models.api_key import ApiKey, KeyType
from app.models.base import Base, now, table_of
from app.models.event import Conversion, DailyConversions, DailyVisitors, Exposure
from app.models.experiment import Door, Experiment, History, Status
from app.models.goal import Goal, Wanted
from app.models.plan import Plan
from app.models.project import Membership, Origin, Project, Role, new_salt
from app.models.run import MOST_VARIANTS, WHOLE, GoalRole, Run, RunGoal, Variant
from app.models.user import User

__all__ = [
    "MOST_VARIANTS",
    "WHOLE",
    "ApiKey",
    "Base",
    "Conversion",
    "DailyConversions",
    "DailyVisitors",
    "Door",
    "Experiment",
    "Exposure",
    "Goal",
    "GoalRole",
    "History",
    "KeyType",
    "Membership",
    "Origin",
    "Plan",
    "Project",
    "Role",
    "Run",
    "RunGoal",
    "Status",
    "User",
    "Variant",
    "Wanted",
    "new_salt",
    "now",
    "table_of",
]
