"""A form that failed says all that is wrong with it at once, and its address can be opened."""

import pytest

from app.models import Project, Role
from tests.pages.common.test_sent_twice import owner
from tests.pages.reading import Element, errors, page
from tests.world import Browser, World

NO_NAME = "Give it a name."
NO_KEY = (
    "A key has 1 to 64 small letters, digits, hyphens or underscores, "
    "and begins with a letter or a digit."
)
NO_ADDRESS = "Give the whole address of the page, as https://example.com/."
NO_PERCENTAGE = "Give a percentage, as 50 or 33.34."
NO_MOMENT = "Give a day and a time, as 2026-06-03 09:00."
PROJECT = "/projects/{project}"
EXPERIMENT = f"{PROJECT}/experiments/banner"

Fields = dict[str, str]
FAULTS: list[tuple[str, Fields, Fields]] = [
    (
        f"{PROJECT}/new-experiment",
        {"name": "", "url": "shop", "key": "No key", "description": "x" * 5001},
        {
            "name": NO_NAME,
            "url": NO_ADDRESS,
            "key": NO_KEY,
            "description": "A description has at most 5000 characters.",
        },
    ),
    (
        f"{EXPERIMENT}/edit",
        {"name": "x" * 121, "url": "shop", "seen": "x"},
        {"name": "A name has at most 120 characters.", "url": NO_ADDRESS},
    ),
    (
        f"{EXPERIMENT}/design",
        {
            "variants-0-key": "No key",
            "variants-0-weight": "half",
            "variants-1-key": "b",
            "variants-1-weight": "50",
            "traffic_allocation": "all",
            "minimum_days": "",
            "minimum_visitors": "5",
        },
        {
            "variants-0-key": NO_KEY,
            "variants-0-weight": NO_PERCENTAGE,
            "traffic_allocation": NO_PERCENTAGE,
            "minimum_days": "Give a whole number of days.",
        },
    ),
    (f"{EXPERIMENT}/notes", {"note": ""}, {"note": "Write something, or leave it."}),
    (
        f"{EXPERIMENT}/schedule",
        {"start_at": "soon", "stop_at": "later", "time_zone": "UTC"},
        {"start_at": NO_MOMENT, "stop_at": NO_MOMENT},
    ),
    (
        f"{PROJECT}/goals",
        {"name": "", "key": "No key", "wanted": "more"},
        {"name": NO_NAME, "key": NO_KEY},
    ),
    (
        f"{PROJECT}/keys",
        {"name": " ", "type": "none", "lifetime": ""},
        {"name": NO_NAME, "type": "Not a valid choice."},
    ),
    (
        f"{PROJECT}/webhooks",
        {"url": "", "format": "none", "kinds": "overdue"},
        {
            "url": "Give the address that events are sent to.",
            "format": "Not a valid choice.",
        },
    ),
    (
        f"{PROJECT}/members",
        {"email": "mia", "role": ""},
        {"email": "This is not an e-mail address.", "role": "Choose a role."},
    ),
    (
        f"{PROJECT}/install/origins",
        {"origins": "shop\nhttps://shop.example\nftp://x"},
        {
            "origins": "“shop” is not an origin: give scheme and host, as https://shop. "
            "“ftp://x” is not an origin: give scheme and host, as https://shop.example."
        },
    ),
    (
        "/admin/plans/new",
        {"code": "0", "name": "", "experiments_running": "-1"},
        {
            "name": NO_NAME,
            "experiments_running": "A limit is a whole number from 0 to 2147483647.",
            "code": "The code has to be a whole number from 1 to 2147483647.",
        },
    ),
    (
        "/admin/projects/new",
        {"name": "", "plan": "7"},
        {"name": NO_NAME, "plan": "Not a valid choice."},
    ),
    (
        "/admin/projects/{project}/members",
        {"email": "", "role": ""},
        {"email": "Enter an email.", "role": "Choose a role."},
    ),
    (
        "/account",
        {"present": "", "new": "short", "again": "other"},
        {
            "present": "Enter your present password.",
            "new": "A password has 12 to 200 characters.",
            "again": "The two new passwords are not the same.",
        },
    ),
]


def setting(world: World) -> tuple[Project, Browser]:
    project = world.project()
    world.experiment(project, name="Banner")
    return project, owner(world, project)


def summary(found: Element) -> Element:
    return found.the("section", class_="problems")


@pytest.mark.parametrize(("path", "sent", "wrong"), FAULTS, ids=[path for path, *_ in FAULTS])
def test_all_that_is_wrong_is_said_at_once_beside_the_fields_and_above_them(
    world: World, path: str, sent: Fields, wrong: Fields
) -> None:
    project, browser = setting(world)
    answer = browser.submit(path.format(project=project.key), **sent)
    assert (answer.status_code, errors(answer)) == (400, wrong)
    found = page(answer)
    assert found.the("title").text.startswith("Error: ")
    above = summary(found)
    assert {"tabindex", "autofocus"} <= above.attributes.keys()
    assert [each.attributes["href"][1:] for each in above.every("a")] == [
        each.attributes["id"]
        for each in found.all()
        if each.attributes.get("aria-invalid") == "true"
    ]


def test_the_summary_counts_and_names_what_is_wrong(world: World) -> None:
    project, browser = setting(world)
    path = f"/projects/{project.key}/goals"
    two = summary(page(browser.submit(path, name="", key="No key", wanted="more")))
    assert two.the("h2").text == "There are 2 problems"
    assert [each.text for each in two.every("li")] == [f"Name : {NO_NAME}", f"Key : {NO_KEY}"]
    one = summary(page(browser.submit(path, name="", wanted="more")))
    assert one.the("h2").text == "There is a problem"


def test_what_is_wrong_with_all_rows_leads_to_the_first_of_them(world: World) -> None:
    project, browser = setting(world)
    form = {
        "variants-0-key": "a",
        "variants-0-weight": "50",
        "variants-1-key": "b",
        "variants-1-weight": "49",
        "traffic_allocation": "100",
        "minimum_days": "7",
        "minimum_visitors": "5",
    }
    path = f"/projects/{project.key}/experiments/banner/design"
    (link,) = summary(page(browser.submit(path, **form))).every("a")
    assert (link.text, link.attributes["href"]) == ("Variants", "#variants-0-key")


def test_a_page_without_a_mistake_says_nothing_of_any(world: World) -> None:
    project, browser = setting(world)
    found = page(browser.get(f"/projects/{project.key}/goals"))
    assert found.every("section", class_="problems") == []
    assert found.the("title").text.startswith("Goals of")


@pytest.mark.parametrize(
    ("path", "above"),
    [
        (f"{EXPERIMENT}/clone", EXPERIMENT),
        (f"{PROJECT}/install/origins", f"{PROJECT}/install"),
        (f"{PROJECT}/keys/5/revoke", f"{PROJECT}/keys"),
        (f"{PROJECT}/webhooks/5/test", f"{PROJECT}/webhooks/5"),
        (f"{PROJECT}/members/5/remove", f"{PROJECT}/members"),
        ("/admin/projects/{project}/members", "/admin/projects/{project}"),
        (f"{PROJECT}/answers/3/dismiss", PROJECT),
        ("/sign-out", "/"),
    ],
)
def test_an_address_that_only_takes_a_form_leads_back_to_the_page_of_the_form(
    world: World, path: str, above: str
) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    answer = browser.get(path.format(project=project.key))
    assert (answer.status_code, answer.location) == (302, above.format(project=project.key))
