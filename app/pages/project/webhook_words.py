"""Words of webhooks: of forms, and of what came of a delivery."""

from app.core.validation import legible
from app.models import (
    SwitchedOff,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookFormat,
)
from app.notifications.webhooks.delivery_log import DeliveryState, state_of
from app.pages.common.words.phrases import counted

FORMATS = {
    WebhookFormat.STANDARD: "Standard Webhooks: JSON, signed",
    WebhookFormat.SLACK: "Slack and its like: a sentence",
}

SWITCHED_OFF = {
    SwitchedOff.BY_HAND: "Switched off",
    SwitchedOff.GONE: "Switched off: it answered that it is gone (410)",
    SwitchedOff.FAILING: "Switched off: nothing has arrived for five days",
}

_STATES = {
    DeliveryState.DELIVERED: "Delivered",
    DeliveryState.WAITING: "Waiting",
    DeliveryState.FAILED: "Not delivered",
}


def state(delivery: WebhookDelivery) -> str:
    """Return in a word or two what has come of a delivery."""
    return _STATES[state_of(delivery)]


def standing(endpoint: WebhookEndpoint) -> str:
    """Return whether a webhook is on and works, or why it is off."""
    if endpoint.switched_off:
        return SWITCHED_OFF[endpoint.switched_off]
    return "Failing" if endpoint.failing_since else "Switched on"


def attempts(delivery: WebhookDelivery) -> str:
    """Return how often a delivery was tried, and how long the last attempt took."""
    took = "" if delivery.seconds is None else f", {delivery.seconds:.1f} s"
    return f"{counted(delivery.attempts, 'attempt')}{took}"


def outcome(delivery: WebhookDelivery) -> str:
    """Return what the last attempt met with; "" where none was made."""
    if delivery.status is not None:
        return f"answered {delivery.status}"
    return legible(delivery.fault)


def answer(delivery: WebhookDelivery) -> str:
    """Return how the last answer began, which a receiver wrote."""
    return legible(delivery.answer)
