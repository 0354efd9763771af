"""Learnings on paper: each on a page of its own, however long its texts are."""

import re

from app import lifecycle
from app.lifecycle import ActionRequest
from app.lifecycle.rules import Action
from app.models import Conclusion
from tests.api.asking import with_key
from tests.browser.conftest import Site
from tests.measured import golden
from tests.world import COMMAND_LINE

WIDEST = "W"


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_each_sheet_is_printed_on_a_page_of_its_own(site: Site) -> None:
    project = site.world.project(None)
    said = {
        "name": WIDEST * 120,
        "url": f"https://shop.example/{WIDEST * 1900}",
        "ticket_url": f"https://tickets.example/{WIDEST * 1900}",
        "hypothesis": WIDEST * 2000,
        "tags": [f"{number}{WIDEST * 39}" for number in range(10)],
    }
    request = ActionRequest(Action.CONCLUDE, Conclusion.LOST, reason=WIDEST * 500)
    for texts in (said, {"name": "Short"}):
        measured = golden(site.world, project)
        path = f"/api/admin/experiments/{measured.experiment.public_id}"
        assert with_key(site.world, project)("PATCH", path, texts).status_code == 200
        with site.app.app_context():
            test_id = measured.experiment.test_id
            lifecycle.take_action(project.id, test_id, request, COMMAND_LINE)
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/learnings")
    page.get_by_role("link", name="Print, a sheet each").click()
    page.wait_for_url("**/sheets")
    assert [pages_of(page.pdf(format=paper)) for paper in ("A4", "Letter")] == [2, 2]
