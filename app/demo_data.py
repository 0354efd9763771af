"""What the demo consists of. Every name and address here is made up."""

from dataclasses import dataclass
from typing import NamedTuple

from app.lifecycle import Action
from app.models import Role

START, PAUSE, RESUME = Action.START, Action.PAUSE, Action.RESUME
REDRAFT, ARCHIVE, DISCARD = Action.REDRAFT, Action.ARCHIVE, Action.DISCARD

ADMIN, OWNER = "admin@demo.test", "olga@demo.test"
MARKETER, COLLEAGUE, VIEWER = "mia@demo.test", "tom@demo.test", "vic@demo.test"
KEY = "nightly job"
UNLIMITED = 310


class Step(NamedTuple):
    """An action that was taken so many days ago, by a person or by the key."""

    action: Action
    days_ago: int
    by: str


@dataclass(frozen=True)
class DemoExperiment:
    """An experiment of `created` days ago, on a page of the project's site, and what followed."""

    name: str
    page: str
    created: int
    by: str = MARKETER
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class DemoProject:
    """A project, oldest experiment first."""

    key: str
    name: str
    site: str
    plan: int
    members: dict[str, Role]
    experiments: tuple[DemoExperiment, ...]


PEOPLE = {ADMIN: True, OWNER: False, MARKETER: False, COLLEAGUE: False, VIEWER: False}
PLANS = {300: ("Sandbox", 2), 305: ("Agency Lite", 2), UNLIMITED: ("Studio", None)}
TEAM = {
    OWNER: Role.OWNER,
    MARKETER: Role.MARKETER,
    COLLEAGUE: Role.MARKETER,
    VIEWER: Role.VIEWER,
}


def _finished(name: str, page: str, began: int, by: str = MARKETER) -> DemoExperiment:
    steps = (Step(START, began - 2, by), Step(PAUSE, began - 16, by), Step(ARCHIVE, began - 17, by))
    return DemoExperiment(name, page, began, by, steps)


def _dropped(name: str, page: str, began: int, by: str = MARKETER) -> DemoExperiment:
    return DemoExperiment(name, page, began, by, (Step(DISCARD, began - 3, by),))


OUTDOOR_SHOP = (
    _finished("Search bar in the middle", "", 120, COLLEAGUE),
    _finished("Free returns badge", "product/tent", 96),
    _dropped("Snow on the front page", "", 90, COLLEAGUE),
    _finished("Delivery date on product pages", "product/backpack", 70),
    _finished("Shorter checkout", "checkout", 52, COLLEAGUE),
    DemoExperiment("Size guide as a table", "product/boots", 41, COLLEAGUE),
    DemoExperiment(
        "Reviews above the fold",
        "product/stove",
        30,
        MARKETER,
        (Step(START, 28, MARKETER), Step(PAUSE, 9, KEY)),
    ),
    DemoExperiment("Gift wrapping offer", "cart", 22),
    DemoExperiment(
        "Pricing page headline",
        "pricing",
        20,
        COLLEAGUE,
        (
            Step(START, 19, COLLEAGUE),
            Step(PAUSE, 11, MARKETER),
            Step(RESUME, 8, KEY),
            Step(PAUSE, 2, KEY),
        ),
    ),
    DemoExperiment("Free delivery bar", "cart", 0),
    DemoExperiment("Spring banner", "", 5, COLLEAGUE, (Step(START, 3, COLLEAGUE),)),
    DemoExperiment(
        "Checkout button colour", "checkout", 14, MARKETER, (Step(START, 12, MARKETER),)
    ),
)

GARDEN_CENTRE = (
    _finished("Plant finder quiz", "finder", 80, OWNER),
    _finished("Bigger photos", "plants", 60),
    _dropped("Pop-up with a discount", "", 45),
    DemoExperiment("Opening hours on top", "", 33, OWNER, (Step(START, 32, OWNER),)),
    DemoExperiment("Bundle of three", "plants/herbs", 25, MARKETER, (Step(START, 24, MARKETER),)),
    DemoExperiment("Care tips beside the price", "plants/roses", 12),
    DemoExperiment(
        "Newsletter at the end",
        "blog",
        10,
        OWNER,
        (Step(START, 9, OWNER), Step(PAUSE, 4, MARKETER)),
    ),
    DemoExperiment("Watering reminder", "account", 8, MARKETER, (Step(START, 7, KEY),)),
    DemoExperiment("Local delivery map", "delivery", 1),
)

TRAVEL_MAGAZINE = (
    _finished("Table of contents", "guides/alps", 75, COLLEAGUE),
    _finished("Reading time", "guides/coast", 58, COLLEAGUE),
    DemoExperiment("Dark reading mode", "guides", 40, COLLEAGUE, (Step(START, 38, COLLEAGUE),)),
    DemoExperiment("Related trips", "guides/islands", 31, COLLEAGUE, (Step(START, 30, COLLEAGUE),)),
    DemoExperiment("Map first", "guides/cities", 27, MARKETER, (Step(START, 20, MARKETER),)),
    DemoExperiment(
        "Subscribe after two stories",
        "subscribe",
        24,
        COLLEAGUE,
        (Step(START, 23, COLLEAGUE), Step(PAUSE, 15, COLLEAGUE), Step(REDRAFT, 14, COLLEAGUE)),
    ),
    DemoExperiment("Photo essay layout", "stories", 18, COLLEAGUE, (Step(START, 16, KEY),)),
    DemoExperiment("Author portraits", "stories", 9),
    DemoExperiment(
        "Larger type", "", 7, MARKETER, (Step(START, 6, MARKETER), Step(PAUSE, 1, MARKETER))
    ),
    DemoExperiment("Trip planner teaser", "", 3, COLLEAGUE, (Step(START, 2, COLLEAGUE),)),
)

PROJECTS = (
    DemoProject("demo-outdoor-shop", "Outdoor shop", "shop.demo.test", 300, TEAM, OUTDOOR_SHOP),
    DemoProject(
        "demo-garden-centre", "Garden centre", "garden.demo.test", 305, TEAM, GARDEN_CENTRE
    ),
    DemoProject(
        "demo-travel-magazine",
        "Travel magazine",
        "travel.demo.test",
        UNLIMITED,
        {ADMIN: Role.OWNER, COLLEAGUE: Role.OWNER, MARKETER: Role.MARKETER},
        TRAVEL_MAGAZINE,
    ),
    DemoProject("demo-ski-school", "Ski school", "ski.demo.test", 300, {OWNER: Role.OWNER}, ()),
)
