"""What the pages call statuses, doors, roles, goals and keys."""

from dataclasses import dataclass, replace

from app.models import Conclusion, Door, GoalRole, KeyType, Scope, Status, Wanted


@dataclass(frozen=True)
class Badge:
    """A status in a visitor's terms; `tone` names its colours and its icon.

    It `warns` where the meaning is not what one would expect of the word.
    """

    word: str
    meaning: str
    tone: str
    warns: bool = False


BADGES = {
    Status.DRAFT: Badge("Draft", "Nobody sees it", "draft"),
    Status.RUNNING: Badge("Live", "Visitors are being split", "live"),
    Status.STOPPED: Badge("Paused", "Everybody sees the original; data kept", "paused"),
    Status.ARCHIVED: Badge("Archived", "Finished for good; result kept", "archived"),
}

DOORS = {
    Door.BROWSER: "in the browser",
    Door.INTEGERS: "by /v2",
    Door.NAMES: "by /api/admin",
    Door.COMMAND_LINE: "on the command line",
    Door.QUEUE: "from the queue",
    Door.SCHEDULE: "by schedule",
}

CONCLUSIONS = {
    Conclusion.WON: "Won",
    Conclusion.LOST: "Lost",
    Conclusion.INCONCLUSIVE: "Inconclusive",
    Conclusion.UNFINISHED: "Did not finish",
}

WANTED = {Wanted.MORE: "More is better", Wanted.LESS: "Less is better"}

GOAL_ROLES = {
    GoalRole.PRIMARY: "Primary",
    GoalRole.SECONDARY: "Secondary",
    GoalRole.GUARDRAIL: "Guardrail",
}

KEY_TYPES = {
    KeyType.ADMIN: "Admin: changes experiments",
    KeyType.SERVER: "Server: evaluates and collects, from programs",
    KeyType.CLIENT: "Client: the same, from web pages",
}

SCOPES = {
    Scope.READ: "Read: experiments, results, history",
    Scope.WRITE: "Write: create, change, clone and archive experiments",
    Scope.START: "Start: make something go live, now or later",
    Scope.PAUSE: "Pause: keep something from being live, and read what that takes",
    Scope.KEYS: "Keys: create, rotate and revoke keys that may no more than this one",
}

CHANGED = {
    Status.DRAFT: "It was moved back to draft",
    Status.RUNNING: "It was set live",
    Status.STOPPED: "It was paused",
    Status.ARCHIVED: "It was archived",
}


def shipped_badge(variant: str) -> Badge:
    """Return the badge of what is shipped: everybody sees one of its variants."""
    return replace(BADGES[Status.STOPPED], meaning=f"Everybody sees {variant}")


def concluded(conclusion: Conclusion | None) -> str:
    """Return how an experiment ended; "" where nobody has said it."""
    return CONCLUSIONS[conclusion] if conclusion else ""
