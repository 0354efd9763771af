"""The decision on a result: the choices, the one that the verdict suggests, and the form."""

from typing import Any

from wtforms import HiddenField, RadioField, SubmitField, TextAreaField
from wtforms.validators import InputRequired

from app.accounts.caller import Caller
from app.core.validation import checked_reason
from app.core.version_tokens import token_of_version
from app.lifecycle import Action, ActionRequest, Precondition
from app.models import Conclusion, Experiment, Status
from app.pages.common.forms import Checked, CreatingForm, choice
from app.results.report import Report
from app.results.verdict import VerdictKind

SHIP = "ship "
_OTHERS = {
    Conclusion.LOST: "Keep the original",
    Conclusion.INCONCLUSIVE: "Inconclusive: keep the original",
}


class DecisionForm(CreatingForm):
    """How the experiment ends, and what was learned."""

    makes_another = False
    caution = ""
    """Why the numbers speak for no variant, as far as somebody could think that they do."""
    decision = RadioField("What do you decide?", [InputRequired("Choose one.")])
    learned = TextAreaField(
        "What was learned?",
        [Checked(checked_reason)],
        description="Optional: its history shows it. At most 500 characters.",
    )
    seen = HiddenField()
    decide = SubmitField("Decide")

    @property
    def request(self) -> ActionRequest:
        """Return what is asked for."""
        chosen, reason = self.decision.data, self.learned.data or ""
        expected = Precondition.of_tokens([self.seen.data or ""])
        if chosen.startswith(SHIP):
            variant = chosen.removeprefix(SHIP)
            return ActionRequest(Action.SHIP, None, variant, reason, expected)
        return ActionRequest(Action.CONCLUDE, Conclusion(chosen), None, reason, expected)


def of(caller: Caller, experiment: Experiment, found: Report) -> DecisionForm | None:
    """Return the form; None where nothing can be decided by whoever looks, or by this run."""
    is_open = experiment.status in {Status.RUNNING, Status.STOPPED}
    # The variants of an earlier run are not those that would be shipped.
    if not (caller.may_change and is_open and found.course and found.is_current_run):
        return None
    form = DecisionForm()
    form.decision.choices = _choices(found)
    form.caution = _caution(found)
    if not form.is_submitted():
        form.decision.data = _suggested(found)
        form.seen.data = token_of_version(experiment.version)
    return form


def _choices(found: Report) -> list[Any]:
    treatments = [side for side in found.findings.sides if not side.is_control]
    return [
        *(choice(f"{SHIP}{each.key}", f"Ship “{each.name}” to everybody") for each in treatments),
        *(choice(conclusion.value, word) for conclusion, word in _OTHERS.items()),
    ]


def _caution(found: Report) -> str:
    if found.verdict.kind is VerdictKind.MISMATCH:
        return "The split is broken: nothing here says that one variant is better than another."
    if found.findings.call_that_ended:
        return "What was called no longer stands: until it is called again, nothing speaks for it."
    if not found.verdict.is_borne_out:
        return "What was called is not sure any more: more visitors may show which one is better."
    return (
        "A guardrail suffers: weigh it before anything is shipped." if found.verdict.harms else ""
    )


def _suggested(found: Report) -> str | None:
    """Return what the verdict suggests.

    Nothing where it decides nothing, where a guardrail suffers, where what was called is not sure
    any more, or where unusually many visitors came on a day: that is for somebody to weigh.
    """
    verdict = found.verdict
    if verdict.harms or found.unusual_days or not verdict.is_borne_out:
        return None
    if verdict.kind is VerdictKind.WINNER and verdict.side:
        return f"{SHIP}{verdict.side.key}"
    return Conclusion.LOST.value if verdict.kind is VerdictKind.ORIGINAL_WINS else None
