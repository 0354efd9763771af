"""The launch check: what is found, line by line, and where it is mended."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.accounts import api_keys, origins
from app.database.transactions import writing
from app.experiments import creation, lookup
from app.experiments.audiences.conditions import Condition, Operator
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.texts import Texts
from app.launch import check
from app.launch.check import Check, Code, LaunchCheck, State
from app.launch.pages_under_test import same_page
from app.models import ApiKey, AskingFault, Experiment, GoalRole, KeyType, Project, now
from app.tenancy import access_changes
from tests.conftest import on_both_databases
from tests.measured import noon, started
from tests.world import COMMAND_LINE, World

READY = Design(goals=(GoalUse("purchase", GoalRole.PRIMARY),))


def looked_at(
    world: World, experiment: Experiment, *, knows_countries: bool = False
) -> LaunchCheck:
    with world.app.app_context():
        found = lookup.by_key(experiment.project_id, experiment.key)
        return check.of(found, knows_countries=knows_countries)


def states(found: LaunchCheck) -> dict[Code, State]:
    return {each.code: each.state for each in found.checks}


def on_page(world: World, project: Project, url: str, name: str = "") -> Experiment:
    with world.app.app_context():
        made = creation.create(project.id, Draft(Texts(name or url, url)), COMMAND_LINE)
        return world.reload(made)


def heard(world: World, project: Project, hours: float) -> None:
    """The project's keys sent an event so many hours ago."""
    used = update(ApiKey).where(ApiKey.project_id == project.id)
    with world.app.app_context(), writing() as session:
        session.execute(used.values(last_used_at=now() - timedelta(hours=hours)))


@on_both_databases
def test_a_new_draft_lacks_a_goal_a_key_and_a_stop_and_nobody_knows_more(world: World) -> None:
    found = looked_at(world, world.experiment(world.project()))
    assert states(found) == {
        Code.VISITORS: State.PASSED,
        Code.GOAL: State.MISSING,
        Code.KEY: State.MISSING,
        Code.AUDIENCE: State.PASSED,
        Code.SCRIPT: State.UNKNOWN,
        Code.DURATION: State.UNKNOWN,
        Code.PAGE: State.UNKNOWN,
        Code.STOP: State.MISSING,
    }
    assert [each.code for each in found.faults] == [Code.GOAL, Code.KEY]
    assert {each.mend for each in found.checks if each.state is State.PASSED} == {None}


def test_what_has_everything_passes_line_by_line(world: World) -> None:
    project = world.project(connected=True)
    experiment = on_page(world, project, "https://shop.example/")
    before = started(world, project, name="Before")
    world.redesign(experiment, READY)
    world.schedule(experiment, stop_at=now() + timedelta(days=14))
    heard(world, project, hours=23)
    for position in (0, 1):
        before.come(position, 500, noon(1), purchase=100)
    found = looked_at(world, experiment)
    assert set(states(found).values()) == {State.PASSED}
    assert found.faults == ()


def test_a_secondary_goal_is_no_goal(world: World) -> None:
    project = world.project()
    world.goal(project, "purchase")
    experiment = world.experiment(project)
    world.redesign(experiment, Design(goals=(GoalUse("purchase", GoalRole.SECONDARY),)))
    assert states(looked_at(world, experiment))[Code.GOAL] is State.MISSING


def test_what_can_never_measure_anything_comes_first(world: World) -> None:
    experiment = world.experiment(world.project())
    world.redesign(experiment, Design(traffic_allocation=0))
    first = looked_at(world, experiment).faults[0]
    assert (first.code, first.state, first.mend) == (Code.VISITORS, State.NEVER, "design")


def test_events_of_more_than_a_day_ago_are_missed_once_something_has_been_live_for_an_hour(
    world: World,
) -> None:
    project = world.project(connected=True)
    experiment = world.experiment(project)
    heard(world, project, hours=25)
    assert states(looked_at(world, experiment))[Code.SCRIPT] is State.UNKNOWN
    world.running(project, 1)
    assert states(looked_at(world, experiment))[Code.SCRIPT] is State.UNKNOWN
    world.execute("UPDATE experiment SET live_since = :hour_ago", hour_ago=now() - check.TO_BE_SEEN)
    assert states(looked_at(world, experiment))[Code.SCRIPT] is State.MISSING


@on_both_databases
def test_a_client_key_needs_a_listed_site_unless_it_is_in_use(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)

    def fault() -> AskingFault | None:
        return looked_at(world, experiment).asking_fault

    with world.app.app_context():
        world.key(project)
        assert fault() is AskingFault.NO_KEY
        key = api_keys.mint(project.id, KeyType.CLIENT, "web", COMMAND_LINE).key
        assert fault() is AskingFault.NO_SITE
        origins.replace(project.id, ["https://shop.example"], COMMAND_LINE)
        assert fault() is None
        origins.replace(project.id, [], COMMAND_LINE)
        assert fault() is AskingFault.NO_SITE
        heard(world, project, hours=1)
        assert fault() is None
        access_changes.revoke_key(project.id, key.id, COMMAND_LINE)
        assert fault() is AskingFault.NO_KEY


@on_both_databases
def test_another_live_experiment_on_the_same_page_is_named(world: World) -> None:
    project = world.project()
    draft = on_page(world, project, "https://shop.example/cart/#top")
    same, other, elsewhere = (
        on_page(world, project, "http://SHOP.example:80/cart", "Same"),
        on_page(world, project, "https://shop.example/cart?step=2", "Other"),
        on_page(world, world.project(), "https://shop.example/cart", "Elsewhere"),
    )
    assert states(looked_at(world, draft))[Code.PAGE] is State.PASSED
    for each in (same, other, elsewhere):
        world.start(each)
    (line,) = [each for each in looked_at(world, draft).checks if each.code is Code.PAGE]
    assert (line.state, [each.name for each in line.others]) == (State.MISSING, ["Same"])
    assert "“Same”" in line.sentence
    assert states(looked_at(world, same))[Code.PAGE] is State.PASSED


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://a.example", "http://A.example/", True),
        ("https://a.example/x/", "https://a.example/x#y", True),
        ("https://a.example:443/x", "http://a.example:80/x", True),
        ("https://a.example:8443/x", "https://a.example/x", False),
        ("https://a.example/x", "https://a.example/X", False),
        ("https://a.example/x?y=1", "https://a.example/x", False),
        ("https://a.example/x", "https://b.example/x", False),
        ("https://a.example:99999/x", "https://a.example/x", False),
    ],
)
def test_addresses_are_compared_by_what_leads_to_a_page(
    one: str, other: str, *, is_same: bool
) -> None:
    assert same_page(one, other) is is_same


@pytest.mark.parametrize(
    ("attributes", "knows_countries", "state", "said"),
    [
        (("page", "device", "query.a"), False, State.PASSED, "Pages say all"),
        (
            ("device", "country", "cookie.plan"),
            True,
            State.UNKNOWN,
            "asks for cookie.plan, country, which",
        ),
        (("country",), False, State.UNKNOWN, "who runs this server names its header"),
        (("device", "country"), True, State.PASSED, "the proxy says the country; pages that"),
    ],
)
def test_an_audience_that_asks_for_what_no_page_says_by_itself_is_named(
    world: World,
    attributes: tuple[str, ...],
    state: State,
    said: str,
    *,
    knows_countries: bool,
) -> None:
    values = {"device": "mobile", "country": "DE", "page": "https://shop.example/"}
    group = tuple(Condition(each, Operator.IS, (values.get(each, "a"),)) for each in attributes)
    experiment = world.experiment(world.project())
    world.redesign(experiment, Design(audience=(group,)))
    found = looked_at(world, experiment, knows_countries=knows_countries)
    (line,) = [each for each in found.checks if each.code is Code.AUDIENCE]
    assert line.state is state
    assert said in line.sentence


@pytest.mark.parametrize(
    ("operator", "values", "negated", "state"),
    [
        (Operator.IS, ("/product/",), False, State.UNKNOWN),
        (Operator.IS, ("shop.example/product/",), False, State.UNKNOWN),
        (Operator.IS, ("https://shop.example/product/*",), False, State.UNKNOWN),
        (Operator.SAME_PAGE, ("/cart",), False, State.UNKNOWN),
        (Operator.CONTAINS, ("*/product/*",), False, State.UNKNOWN),
        (Operator.IS, ("https://shop.example/cart",), False, State.PASSED),
        (Operator.IS, ("/cart", "https://shop.example/cart"), False, State.PASSED),
        (Operator.SAME_PAGE, ("shop.example/cart",), False, State.PASSED),
        (Operator.CONTAINS, ("/product/",), False, State.PASSED),
        (Operator.MATCHES, ("/product/.*",), False, State.PASSED),
        (Operator.IS, ("/product/",), True, State.PASSED),
    ],
)
def test_a_page_that_no_address_is_has_nobody_take_part(
    world: World, operator: Operator, values: tuple[str, ...], state: State, *, negated: bool
) -> None:
    line = of_audience(world, Condition("page", operator, values, negated=negated))
    assert line.state is state
    if state is State.UNKNOWN:
        assert f"fits “{values[0]}”" in line.sentence
        assert line.mend == "design"


def test_a_name_in_capitals_that_pages_say_in_small_letters_is_named(world: World) -> None:
    line = of_audience(world, Condition("Country", Operator.IS, ("Germany",)))
    assert "Pages say country, and not Country." in line.sentence
    assert (line.state, line.mend) == (State.UNKNOWN, "design")
    other = of_audience(world, Condition("plan", Operator.IS, ("Pro",)))
    assert ("Pages say" in other.sentence, other.mend) == (False, "install")


@on_both_databases
@pytest.mark.parametrize(
    ("page", "state"),
    [
        ("https://www.shop.example/cart", State.UNKNOWN),
        ("http://shop.example/", State.UNKNOWN),
        ("https://SHOP.example:443/cart", State.PASSED),
        ("https://bücher.example/", State.PASSED),
        ("", State.PASSED),
    ],
)
def test_a_page_of_a_site_that_is_not_listed_is_named(
    world: World, page: str, state: State
) -> None:
    project = world.project(connected=True)
    experiment = on_page(world, project, page, "Page")
    assert states(looked_at(world, experiment))[Code.KEY] is State.PASSED, "no site is listed"
    with world.app.app_context():
        listed = ["https://shop.example", "https://bücher.example"]
        origins.replace(project.id, listed, COMMAND_LINE)
    (line,) = [each for each in looked_at(world, experiment).checks if each.code is Code.KEY]
    assert (line.state, "is not among the listed sites" in line.sentence) == (
        state,
        state is State.UNKNOWN,
    )


def of_audience(world: World, condition: Condition) -> Check:
    """The line of the launch check about an audience of one condition."""
    experiment = world.experiment(world.project())
    world.redesign(experiment, Design(audience=((condition,),)))
    (line,) = [each for each in looked_at(world, experiment).checks if each.code is Code.AUDIENCE]
    return line
