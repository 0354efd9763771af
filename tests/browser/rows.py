"""What a person points at on a project's page."""

from playwright.sync_api import Locator, Page

from app.models import Experiment
from tests.browser.polling import POLL_MILLISECONDS

TIMES_TO_LOOK = 250


def row(page: Page, experiment: Experiment) -> Locator:
    """The row of an experiment."""
    return page.get_by_role("row").filter(has_text=experiment.name)


def press(page: Page, experiment: Experiment, action: str) -> None:
    """Press a button in the row of an experiment."""
    row(page, experiment).get_by_role("button", name=action, exact=True).click()


def outcome(page: Page) -> Locator:
    """Return where the page says what came of an action."""
    return page.locator("#outcome")


def focused(page: Page) -> str:
    """The text of the element that has the focus; "" when it stays lost to the body.

    A page that has just come gives it to what it says, a moment later.
    """
    for _ in range(TIMES_TO_LOOK):
        if page.evaluate("document.activeElement !== document.body"):
            break
        page.wait_for_timeout(POLL_MILLISECONDS)
    return page.evaluate(
        "document.activeElement === document.body ? '' : document.activeElement.innerText"
    )
