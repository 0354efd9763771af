"""The demo's data. Every name and address here is made up."""

from app.demo.shapes import (
    ADMIN,
    COLLEAGUE,
    MARKETER,
    OWNER,
    VIEWER,
    DemoExperiment,
    DemoGoal,
    DemoProject,
    Later,
    Past,
    Step,
)
from app.lifecycle.rules import Action
from app.models import Conclusion, GoalRole, Kind, Role, Wanted

START, PAUSE, RESUME = Action.START, Action.PAUSE, Action.RESUME
REDRAFT, ARCHIVE, DISCARD = Action.REDRAFT, Action.ARCHIVE, Action.DISCARD

KEY, CLIENT_KEY = "nightly job", "web pages"
UNLIMITED = 310
CORNER_SHOP_KEY = "demo-corner-shop"


PEOPLE = {ADMIN: True, OWNER: False, MARKETER: False, COLLEAGUE: False, VIEWER: False}
PLANS = {300: ("Sandbox", 2), 305: ("Agency Lite", 2), UNLIMITED: ("Studio", None)}
TEAM = {
    OWNER: Role.OWNER,
    MARKETER: Role.MARKETER,
    COLLEAGUE: Role.MARKETER,
    VIEWER: Role.VIEWER,
}


ENDS = {
    "Search bar in the middle": (Conclusion.LOST, "Fewer visitors searched."),
    "Free returns badge": (Conclusion.WON, "It is on all product pages now."),
    "Delivery date on product pages": (
        Conclusion.UNFINISHED,
        "The dates were wrong for half of the week.",
    ),
    "Shorter checkout": (Conclusion.INCONCLUSIVE, "To be tried again with more visitors."),
    "Plant finder quiz": (Conclusion.WON, ""),
    "Table of contents": (Conclusion.LOST, ""),
}


def _finished(
    name: str, page: str, began: int, by: str = MARKETER, past: Past | None = None
) -> DemoExperiment:
    conclusion, reason = ENDS.get(name, (Conclusion.INCONCLUSIVE, ""))
    archived = Step(ARCHIVE, began - 17, by, reason, conclusion)
    steps = (Step(START, began - 2, by), Step(PAUSE, began - 16, by), archived)
    return DemoExperiment(name, page, began, by, steps, past)


def _dropped(name: str, page: str, began: int, by: str = MARKETER) -> DemoExperiment:
    return DemoExperiment(name, page, began, by, (Step(DISCARD, began - 3, by),))


def _shop_past(visitors_a_day: int, control: float, treatment: float) -> Past:
    """Purchases as said; more of the visitors fill their baskets, a few send something back."""
    shares = {
        "purchase": (control, treatment),
        "add-to-basket": (2.5 * control, 2.5 * treatment),
        "return": (0.02, 0.02),
    }
    return Past(visitors_a_day, shares)


SHOP_GOALS = (
    DemoGoal("purchase", "Purchase", GoalRole.PRIMARY, prices=(19.5, 34.5, 59.0, 129.0)),
    DemoGoal("add-to-basket", "Added to the basket", GoalRole.SECONDARY),
    DemoGoal("return", "Sent something back", GoalRole.GUARDRAIL, Wanted.LESS),
    DemoGoal("revenue", "Revenue", GoalRole.SECONDARY, adds_up="purchase", cap=129.0),
)
GARDEN_GOALS = (
    DemoGoal("order", "Order", GoalRole.PRIMARY, prices=(8.5, 14.0, 42.0)),
    DemoGoal("directions", "Looked up the way", GoalRole.SECONDARY),
    DemoGoal("complaint", "Complained", GoalRole.GUARDRAIL, Wanted.LESS),
)
MAGAZINE_GOALS = (
    DemoGoal("subscription", "Subscription", GoalRole.PRIMARY),
    DemoGoal("second-story", "Read a second story", GoalRole.SECONDARY),
    DemoGoal("cancellation", "Cancelled", GoalRole.GUARDRAIL, Wanted.LESS),
)
CORNER_GOALS = (
    DemoGoal("purchase", "Purchase", GoalRole.PRIMARY),
    DemoGoal("add-to-basket", "Added to the basket", GoalRole.SECONDARY),
)

OUTDOOR_SHOP = (
    _finished("Search bar in the middle", "", 120, COLLEAGUE, _shop_past(85, 0.20, 0.11)),
    _finished("Free returns badge", "product/tent", 96, past=_shop_past(85, 0.09, 0.20)),
    _dropped("Snow on the front page", "", 90, COLLEAGUE),
    _finished(
        "Delivery date on product pages", "product/backpack", 70, past=_shop_past(20, 0.1, 0.1)
    ),
    _finished("Shorter checkout", "checkout", 52, COLLEAGUE, _shop_past(60, 0.10, 0.12)),
    DemoExperiment("Size guide as a table", "product/boots", 41, COLLEAGUE),
    DemoExperiment(
        "Reviews above the fold",
        "product/stove",
        30,
        MARKETER,
        (Step(START, 28, MARKETER), Step(PAUSE, 9, KEY, "Fewer purchases than usual.")),
        _shop_past(40, 0.14, 0.09),
    ),
    DemoExperiment("Gift wrapping offer", "cart", 22, tags="basket, gifts"),
    DemoExperiment(
        "Pricing page headline",
        "pricing",
        20,
        COLLEAGUE,
        (
            Step(START, 19, COLLEAGUE),
            Step(PAUSE, 11, MARKETER, "Prices change this week."),
            Step(RESUME, 8, KEY),
            Step(PAUSE, 2, KEY),
        ),
        _shop_past(40, 0.10, 0.10),
    ),
    DemoExperiment(
        "Free delivery bar",
        "cart",
        0,
        hypothesis="Who sees how little is missing for free delivery adds one thing more.",
        tags="basket",
    ),
    DemoExperiment(
        "Spring banner",
        "",
        5,
        COLLEAGUE,
        (Step(START, 3, COLLEAGUE),),
        _shop_past(80, 0.08, 0.09),
        hypothesis="Tents sell better beside a picture of the weather of this week.",
        tags="spring, front page",
    ),
    DemoExperiment(
        "Checkout button colour",
        "checkout",
        14,
        MARKETER,
        (Step(START, 12, MARKETER),),
        _shop_past(130, 0.09, 0.18),
    ),
)

GARDEN_CENTRE = (
    _finished("Plant finder quiz", "finder", 80, OWNER, Past(85, {"order": (0.06, 0.14)})),
    _finished("Bigger photos", "plants", 60, past=Past(30, {"order": (0.1, 0.1)})),
    _dropped("Pop-up with a discount", "", 45),
    DemoExperiment(
        "Opening hours on top",
        "",
        33,
        OWNER,
        (Step(START, 32, OWNER),),
        Past(14, {"order": (0.06, 0.07), "directions": (0.2, 0.3), "complaint": (0.01, 0.01)}),
    ),
    DemoExperiment("Bundle of three", "plants/herbs", 25, MARKETER, (Step(START, 24, MARKETER),)),
    DemoExperiment("Care tips beside the price", "plants/roses", 12),
    DemoExperiment(
        "Newsletter at the end",
        "blog",
        10,
        OWNER,
        (Step(START, 9, OWNER), Step(PAUSE, 4, MARKETER)),
        Past(40, {"order": (0.05, 0.05)}),
    ),
    DemoExperiment("Watering reminder", "account", 8, MARKETER, (Step(START, 7, KEY),)),
    DemoExperiment("Local delivery map", "delivery", 1),
)

TRAVEL_MAGAZINE = (
    _finished(
        "Table of contents", "guides/alps", 75, COLLEAGUE, Past(85, {"subscription": (0.2, 0.1)})
    ),
    _finished(
        "Reading time", "guides/coast", 58, COLLEAGUE, Past(30, {"subscription": (0.1, 0.1)})
    ),
    DemoExperiment(
        "Dark reading mode",
        "guides",
        40,
        COLLEAGUE,
        (Step(START, 38, COLLEAGUE),),
        Past(20, {"subscription": (0.16, 0.08), "second-story": (0.4, 0.35)}),
    ),
    DemoExperiment("Related trips", "guides/islands", 31, COLLEAGUE, (Step(START, 30, COLLEAGUE),)),
    DemoExperiment(
        "Map first",
        "guides/cities",
        27,
        MARKETER,
        (Step(START, 20, MARKETER),),
        Past(20, {"subscription": (0.1, 0.11), "second-story": (0.4, 0.45)}),
    ),
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

CORNER_SHOP = (
    DemoExperiment(
        "Big green buy button",
        "",
        1,
        key="buy-button",
        description="A button that nobody can miss sells more jam.\n"
        "Its shop is a page of this server, at /demo/shop: start it, and look there.",
    ),
)

PROJECTS = (
    DemoProject(
        "demo-outdoor-shop",
        "Outdoor shop",
        "shop.demo.test",
        300,
        TEAM,
        OUTDOOR_SHOP,
        SHOP_GOALS,
        (
            Later(Kind.SCHEDULED, "Size guide as a table", 1, COLLEAGUE, days_ahead=5),
            Later(Kind.REFUSED, "Gift wrapping offer", 1, KEY, times=4),
            Later(Kind.REFUSED, "Gift wrapping offer", 1, MARKETER),
        ),
    ),
    DemoProject(
        "demo-garden-centre",
        "Garden centre",
        "garden.demo.test",
        305,
        TEAM,
        GARDEN_CENTRE,
        GARDEN_GOALS,
        (Later(Kind.QUEUED, "Care tips beside the price", 2, MARKETER),),
    ),
    DemoProject(
        "demo-travel-magazine",
        "Travel magazine",
        "travel.demo.test",
        UNLIMITED,
        {ADMIN: Role.OWNER, COLLEAGUE: Role.OWNER, MARKETER: Role.MARKETER},
        TRAVEL_MAGAZINE,
        MAGAZINE_GOALS,
    ),
    DemoProject("demo-ski-school", "Ski school", "ski.demo.test", 300, {OWNER: Role.OWNER}, ()),
    DemoProject(
        CORNER_SHOP_KEY, "Corner shop", "corner.demo.test", 300, TEAM, CORNER_SHOP, CORNER_GOALS
    ),
)
