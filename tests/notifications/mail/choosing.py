"""What tests of choices share: the form, and what is chosen in it."""

from werkzeug.test import TestResponse

from app import jobs
from app.models import AnnouncementKind, How, Project, now
from tests.pages.reading import page
from tests.world import World

ALL_OFF = dict.fromkeys(AnnouncementKind, How.OFF.value)
CHANGED_AT_ONCE = {**ALL_OFF, AnnouncementKind.EXPERIMENT_CHANGED: How.AT_ONCE.value}


def chosen(answer: TestResponse) -> dict[str, str]:
    """Return what is chosen for each kind on the page."""
    return {
        select.attributes["name"]: option.attributes["value"]
        for select in page(answer).every("select")
        for option in select.every("option")
        if "selected" in option.attributes
    }


def started(world: World, project: Project) -> None:
    """Something has happened, and whoever is to be told of it at once is."""
    world.running(project, 1)
    with world.app.app_context():
        jobs.once(now())
