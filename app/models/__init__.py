"""The tables and their constraints; no rules live here."""

from app.models.answered_request import AnsweredRequest
from app.models.base import LONGEST_NOTE, UTC_ZONE, Base, now, stored_as_value, table_of
from app.models.experiments.exclusion import Exclusion, is_left_out
from app.models.experiments.experiment import (
    LONGEST_TAG,
    Conclusion,
    Experiment,
    ExperimentTag,
    Status,
    is_shipped,
    is_since,
    live_since,
)
from app.models.experiments.pending import (
    IS_ANSWERED,
    QueuedStart,
    RequestOutcome,
    ScheduledChange,
    SlotRequest,
    stops_first,
)
from app.models.experiments.run import (
    DEFAULT_MARGIN,
    LARGEST_MARGIN,
    MOST_VARIANTS,
    WHOLE,
    GoalRole,
    Run,
    RunGoal,
    SplitFault,
    TrafficRise,
    Variant,
)
from app.models.experiments.scheduled_rise import ScheduledRise
from app.models.heartbeat import Heartbeat
from app.models.history.audit import LONGEST_SUBJECT, AuditEntry, AuditKind, AuditRetention
from app.models.history.history import (
    IS_DROPPED,
    LEFT_OUT,
    OF_A_CHANGE,
    DecisionKept,
    Ended,
    FieldChange,
    FiledAs,
    History,
    HistoryKind,
    Kind,
    is_filed_as,
)
from app.models.history.project_entry import ProjectEntry, ProjectKind
from app.models.notifications.announcement import (
    LONGEST_OCCURRENCE,
    AnnouncementKind,
    OutboxEntry,
    new_message_id,
)
from app.models.notifications.mail import AdminChoice, How, Mail, NotificationChoice
from app.models.notifications.webhook import (
    LONGEST_ANSWER,
    LONGEST_FAULT,
    LONGEST_URL,
    SwitchedOff,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookFormat,
)
from app.models.people.api_key import ApiKey, AskingFault, KeyType, Scope, in_order
from app.models.people.authorship import (
    LONGEST_ADDRESS,
    OF_LIMITS,
    Actor,
    Cause,
    CauseKind,
    ChangedBySomeone,
    Door,
)
from app.models.people.browser_session import LONGEST_DEVICE, BrowserSession
from app.models.people.dismissal import Dismissal, Trouble
from app.models.people.failed_sign_ins import FailedSignIns
from app.models.people.password_link import PasswordLink
from app.models.people.user import User
from app.models.projects.goal import LONGEST_WINDOW_DAYS, Goal, GoalKind, Wanted
from app.models.projects.named_audience import NamedAudience
from app.models.projects.plan import Plan
from app.models.projects.plan_override import PlanOverride
from app.models.projects.project import (
    Membership,
    Origin,
    OwnNetwork,
    Project,
    Role,
    new_nonce,
    new_salt,
)
from app.models.projects.queue_hold import QueueHold
from app.models.projects.slot_demand import SlotDemand
from app.models.visitors.event import (
    Conversion,
    DailyConversions,
    DailyVisitors,
    Exposure,
    GoalEvent,
)
from app.models.visitors.look import Call, CallKind, Look
from app.models.visitors.not_counted import NotCounted
from app.models.visitors.result_summary import LONGEST_SENTENCE, Standing
from app.models.visitors.sampled_visitor import SampledVisitor

__all__ = [
    "DEFAULT_MARGIN",
    "IS_ANSWERED",
    "IS_DROPPED",
    "LARGEST_MARGIN",
    "LEFT_OUT",
    "LONGEST_ADDRESS",
    "LONGEST_ANSWER",
    "LONGEST_DEVICE",
    "LONGEST_FAULT",
    "LONGEST_NOTE",
    "LONGEST_OCCURRENCE",
    "LONGEST_SENTENCE",
    "LONGEST_SUBJECT",
    "LONGEST_TAG",
    "LONGEST_URL",
    "LONGEST_WINDOW_DAYS",
    "MOST_VARIANTS",
    "OF_A_CHANGE",
    "OF_LIMITS",
    "UTC_ZONE",
    "WHOLE",
    "Actor",
    "AdminChoice",
    "AnnouncementKind",
    "AnsweredRequest",
    "ApiKey",
    "AskingFault",
    "AuditEntry",
    "AuditKind",
    "AuditRetention",
    "Base",
    "BrowserSession",
    "Call",
    "CallKind",
    "Cause",
    "CauseKind",
    "ChangedBySomeone",
    "Conclusion",
    "Conversion",
    "DailyConversions",
    "DailyVisitors",
    "DecisionKept",
    "Dismissal",
    "Door",
    "Ended",
    "Exclusion",
    "Experiment",
    "ExperimentTag",
    "Exposure",
    "FailedSignIns",
    "FieldChange",
    "FiledAs",
    "Goal",
    "GoalEvent",
    "GoalKind",
    "GoalRole",
    "Heartbeat",
    "History",
    "HistoryKind",
    "How",
    "KeyType",
    "Kind",
    "Look",
    "Mail",
    "Membership",
    "NamedAudience",
    "NotCounted",
    "NotificationChoice",
    "Origin",
    "OutboxEntry",
    "OwnNetwork",
    "PasswordLink",
    "Plan",
    "PlanOverride",
    "Project",
    "ProjectEntry",
    "ProjectKind",
    "QueueHold",
    "QueuedStart",
    "RequestOutcome",
    "Role",
    "Run",
    "RunGoal",
    "SampledVisitor",
    "ScheduledChange",
    "ScheduledRise",
    "Scope",
    "SlotDemand",
    "SlotRequest",
    "SplitFault",
    "Standing",
    "Status",
    "SwitchedOff",
    "TrafficRise",
    "Trouble",
    "User",
    "Variant",
    "Wanted",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookFormat",
    "in_order",
    "is_filed_as",
    "is_left_out",
    "is_shipped",
    "is_since",
    "live_since",
    "new_message_id",
    "new_nonce",
    "new_salt",
    "now",
    "stops_first",
    "stored_as_value",
    "table_of",
]
