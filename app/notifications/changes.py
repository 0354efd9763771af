"""Changes of status as others are told of them: by their names to programs, in words to people."""

from enum import StrEnum


class Change(StrEnum):
    """What has happened to an experiment; stable, for programs."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    REDRAFTED = "redrafted"
    ARCHIVED = "archived"
    DISCARDED = "discarded"
    SHELVED = "shelved"
    SHIPPED = "shipped"
    CONCLUDED = "concluded"
    SERVING_STOPPED = "serving_stopped"
    REOPENED = "reopened"
    TRAFFIC_RAISED = "traffic_raised"


WORDS = {
    Change.STARTED: "was started",
    Change.PAUSED: "was paused",
    Change.RESUMED: "was resumed",
    Change.REDRAFTED: "went back to draft",
    Change.ARCHIVED: "was archived",
    Change.DISCARDED: "was discarded",
    Change.SHELVED: "is paused again, not a draft",
    Change.SHIPPED: "was shipped to everybody",
    Change.CONCLUDED: "was decided",
    Change.SERVING_STOPPED: "is served to nobody any more",
    Change.REOPENED: "is undecided again",
    Change.TRAFFIC_RAISED: "has got more traffic",
}
