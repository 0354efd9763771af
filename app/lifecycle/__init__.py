"""The rule book, the plan limit, and everything that changes a status.

This is the one service module: doors import what is named here, and nothing deeper.
"""

from app.database.rows.open_hold import Hold
from app.lifecycle.changes_since import ChangeSince
from app.lifecycle.closing import close
from app.lifecycle.ends.archiving import Archived, archive
from app.lifecycle.ends.decisions import ActionRequest, restoring
from app.lifecycle.ends.endings import UNDECIDED, Ending
from app.lifecycle.holds.hold_store import HoldEnd, PastHold
from app.lifecycle.holds.hold_store import last_end as last_hold_end_of
from app.lifecycle.holds.hold_store import latest as latest_holds
from app.lifecycle.holds.hold_store import of_project as hold_of
from app.lifecycle.holds.holding import (
    Held,
    Lifted,
    Restarted,
    Stopped,
    hold_queue,
    lift_hold,
    stop_everything,
    undo_stop,
)
from app.lifecycle.holds.stops import StopLeft, StopUndo
from app.lifecycle.holds.stops import left_of as stops_left
from app.lifecycle.holds.stops import left_under as stops_left_under
from app.lifecycle.lags import Lags, lags
from app.lifecycle.many.bulk import MOST_AT_ONCE, dry_run
from app.lifecycle.many.bulk import carry_out as change_many
from app.lifecycle.many.bulk import queue as queue_many
from app.lifecycle.many.orders import BulkOutcome, Item, Mode, Order
from app.lifecycle.named_actions import take_action
from app.lifecycle.pending import order as queue_order
from app.lifecycle.preconditions import Precondition
from app.lifecycle.queueing.forecasts import Forecast
from app.lifecycle.queueing.forecasts import of_lift as forecast_of_lift
from app.lifecycle.queueing.forecasts import of_start as forecast_of_start
from app.lifecycle.queueing.queue import Asked, Place, is_unserved, project_ids_to_serve
from app.lifecycle.queueing.queue import join as join_queue
from app.lifecycle.queueing.queue import leave as leave_queue
from app.lifecycle.queueing.queue import listed as queue_of
from app.lifecycle.queueing.queue import move as move_in_queue
from app.lifecycle.queueing.queue import serve as serve_queue
from app.lifecycle.refusals import Reason, Refusal, RefusalCode, Refused, WayOut, free
from app.lifecycle.rules import (
    EDGES,
    Action,
    ChangeRequest,
    Edge,
    Offer,
    actions,
    decide,
    edge_of,
    offer_of,
    require_editable,
    require_open_design,
    require_schedulable,
    scopes_of,
    way_back,
)
from app.lifecycle.scheduling.due_changes import carry_out as carry_out_schedules
from app.lifecycle.scheduling.due_changes import due_project_ids
from app.lifecycle.scheduling.handovers import (
    PlannedChanges,
    StartsChoice,
    StartsUndecided,
    planned_changes_in,
)
from app.lifecycle.scheduling.overdue_changes import announce_overdue
from app.lifecycle.scheduling.schedules import CHANGED_SINCE as SCHEDULE_CHANGED_SINCE
from app.lifecycle.scheduling.schedules import MOST_LISTED as MOST_SCHEDULED_LISTED
from app.lifecycle.scheduling.schedules import Planned, Schedule
from app.lifecycle.scheduling.schedules import faults as schedule_faults
from app.lifecycle.scheduling.schedules import listed as scheduled_in_project
from app.lifecycle.scheduling.schedules import of as schedule_of
from app.lifecycle.scheduling.schedules import of_experiments as scheduled_for
from app.lifecycle.scheduling.schedules import put as put_schedule
from app.lifecycle.scheduling.schedules import rises_in as rises_scheduled_in
from app.lifecycle.slots import Holder, Slots
from app.lifecycle.slots import of_project as slots_of
from app.lifecycle.splits import SENTENCES as SPLIT_FAULTS
from app.lifecycle.subjects import Subject
from app.lifecycle.subjects import shipped as shipped_in
from app.lifecycle.traffic.rise_rules import require_raisable
from app.lifecycle.traffic.rises import Rise, RiseRequest, raise_traffic
from app.lifecycle.transitions import Change, swap, transition

__all__ = [
    "EDGES",
    "MOST_AT_ONCE",
    "MOST_SCHEDULED_LISTED",
    "SCHEDULE_CHANGED_SINCE",
    "SPLIT_FAULTS",
    "UNDECIDED",
    "Action",
    "ActionRequest",
    "Archived",
    "Asked",
    "BulkOutcome",
    "Change",
    "ChangeRequest",
    "ChangeSince",
    "Edge",
    "Ending",
    "Forecast",
    "Held",
    "Hold",
    "HoldEnd",
    "Holder",
    "Item",
    "Lags",
    "Lifted",
    "Mode",
    "Offer",
    "Order",
    "PastHold",
    "Place",
    "Planned",
    "PlannedChanges",
    "Precondition",
    "Reason",
    "Refusal",
    "RefusalCode",
    "Refused",
    "Restarted",
    "Rise",
    "RiseRequest",
    "Schedule",
    "Slots",
    "StartsChoice",
    "StartsUndecided",
    "StopLeft",
    "StopUndo",
    "Stopped",
    "Subject",
    "WayOut",
    "actions",
    "announce_overdue",
    "archive",
    "carry_out_schedules",
    "change_many",
    "close",
    "decide",
    "dry_run",
    "due_project_ids",
    "edge_of",
    "forecast_of_lift",
    "forecast_of_start",
    "free",
    "hold_of",
    "hold_queue",
    "is_unserved",
    "join_queue",
    "lags",
    "last_hold_end_of",
    "latest_holds",
    "leave_queue",
    "lift_hold",
    "move_in_queue",
    "offer_of",
    "planned_changes_in",
    "project_ids_to_serve",
    "put_schedule",
    "queue_many",
    "queue_of",
    "queue_order",
    "raise_traffic",
    "require_editable",
    "require_open_design",
    "require_raisable",
    "require_schedulable",
    "restoring",
    "rises_scheduled_in",
    "schedule_faults",
    "schedule_of",
    "scheduled_for",
    "scheduled_in_project",
    "scopes_of",
    "serve_queue",
    "shipped_in",
    "slots_of",
    "stop_everything",
    "stops_left",
    "stops_left_under",
    "swap",
    "take_action",
    "transition",
    "undo_stop",
    "way_back",
]
