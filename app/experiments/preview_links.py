"""Preview links that were handed out, and are taken back all at once."""

from app.database.unit_of_work import changing
from app.lifecycle import entries, preconditions, rules, subjects
from app.lifecycle.preconditions import Precondition
from app.models import Actor, Experiment, FieldChange, Kind, now

FIELD = "preview_links"


def take_back(
    project_id: int, test_id: int, actor: Actor, expected: Precondition | None = None
) -> int:
    """End all preview links that an experiment has by now, and return its version then.

    Raises NotFound, and Refused where it is archived or not as `expected`.
    """
    with changing(project_id, actor) as work:
        subject = subjects.load(work, test_id)
        preconditions.require(work, subject, expected)
        rules.require_editable(subject)
        experiment = work.session.get_one(Experiment, test_id)
        series = experiment.preview_series
        experiment.preview_series, experiment.updated_at = series + 1, now()
        work.session.flush()
        changes = [FieldChange(field=FIELD, before=series, after=series + 1)]
        return entries.enter(
            work, subject, Kind.EDITED, detail="preview links taken back", changes=changes
        )
