"""Who can see an experiment: read along with it, for pages that say so."""

from sqlalchemy.orm import with_expression
from sqlalchemy.orm.interfaces import ORMOption

from app.accounts import asking
from app.accounts.asking import ProjectId
from app.lifecycle import splits
from app.models import Experiment, now


def known(project_id: ProjectId) -> tuple[ORMOption, ...]:
    """Return the options that fill `split_fault`, `only_variant` and `asking_fault`."""
    return (
        with_expression(Experiment.split_fault, splits.fault(Experiment.test_id)),
        with_expression(Experiment.only_variant, splits.only_variant(Experiment.test_id)),
        with_expression(Experiment.asking_fault, asking.fault(project_id, now())),
    )
