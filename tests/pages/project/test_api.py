"""The page that says how programs ask, with commands for the project."""

from app.models import Project, Role, Status
from tests.pages.reading import Element, page
from tests.world import World


def visited(world: World, project: Project, role: Role = Role.MARKETER) -> Element:
    """The page, as somebody in this role sees it."""
    return page(world.browser(world.member(project, role)).get(f"/projects/{project.key}/api"))


def commands(shown: Element) -> dict[str, str]:
    """Each text that is to be copied, by its id."""
    fields = shown.every("textarea")
    return {each.attributes["id"]: "".join(str(part) for part in each.inside) for each in fields}


def test_every_operation_that_a_key_opens_is_on_the_page(world: World) -> None:
    shown = visited(world, world.project())
    document = world.app.test_client().get("/api/openapi.json").json or {}
    named = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if operation["security"] != [{"session": []}]
    }
    assert "ask_for_a_slot" not in named
    assert {each.attributes["id"] for each in shown.every("details", class_="operation")} == named


def test_an_operation_says_what_it_takes_and_what_it_answers(world: World) -> None:
    (shown,) = visited(world, world.project()).every("details", id="set_status")
    assert "POST /api/admin/experiments/{id}/status" in shown.text
    assert "body, required: draft, running, stopped, archived" in shown.text
    assert "Idempotency-Key header: string" in shown.text
    assert "PLAN_LIMIT , RATE_LIMITED" in shown.text
    assert "INVALID_TRANSITION" in shown.text


def test_commands_name_the_project_and_an_experiment_of_it(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    texts = commands(visited(world, project))
    assert f"/experiments/{experiment.key}/status?dry_run=true" in texts["set_status-command"]
    assert f"/v2/project/{project.key}/experiments" in texts["v2_list_experiments-command"]
    assert not [text for text in texts.values() if "{" in text.partition("-H")[0]]


def test_a_command_sends_what_the_operations_body_has_an_example_of(world: World) -> None:
    texts = commands(visited(world, world.project()))
    assert '{"goal_name": "Signed up", "goal_type": "event"}' in texts["v2_create_goal-command"]
    assert '{"status": 0}' in texts["v2_set_status-command"]
    assert '{"stop_at": "' in texts["put_schedule-command"]


def test_only_an_owner_is_led_to_the_keys(world: World) -> None:
    project = world.project()
    keys = f"/projects/{project.key}/keys"
    links = [each.attributes["href"] for each in visited(world, project, Role.OWNER).every("a")]
    assert keys in links
    assert keys not in [each.attributes.get("href") for each in visited(world, project).every("a")]


def test_what_takes_one_that_is_not_live_is_shown_with_one_that_is_not(world: World) -> None:
    project = world.project()
    draft, live = world.experiment(project), world.experiment(project, Status.RUNNING)
    command = commands(visited(world, project))["swap-command"]
    assert f"/experiments/{draft.key}/swap" in command
    assert f'{{"pause": "{live.key}"}}' in command


def test_a_key_for_visitors_is_put_where_their_commands_look(world: World) -> None:
    shown = visited(world, world.project())
    assert "read -r SWITCHYARD_SERVER_KEY" in shown.text
    assert "Bearer $SWITCHYARD_SERVER_KEY" in commands(shown)["collect-command"]


def test_the_first_experiment_has_a_key_that_nobody_has_taken(world: World) -> None:
    project = world.project()
    world.experiment(project, name="First experiment")
    texts = commands(visited(world, project))
    walk = {name: text for name, text in texts.items() if name.startswith("walk-")}
    del walk["walk-key"]
    assert '"key": "first-experiment-2"' in walk.pop("walk-create")
    assert walk
    assert all("/experiments/first-experiment-2" in text for text in walk.values())
