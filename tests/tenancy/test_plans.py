"""Plans retired and brought back."""

import pytest

from app.core.errors import InvalidInput
from app.models import Status
from app.tenancy import moves, plans, projects
from app.tenancy.plans import Limit, PlanChange
from tests.command_line import complaint, printed
from tests.pages.reading import flashed, page
from tests.statements import recorded
from tests.world import COMMAND_LINE, World


def retire(world: World, code: int, *, is_retired: bool = True) -> None:
    with world.app.app_context():
        plans.change(code, PlanChange(is_retired=is_retired), COMMAND_LINE)


def choices(world: World, address: str) -> list[str]:
    """The plans that a form offers."""
    found = page(world.browser(world.user(admin=True)).get(address))
    return [each.text for each in found.the("select", name="plan").every("option")]


def test_no_project_comes_to_a_retired_plan_until_it_is_back(world: World) -> None:
    project, old, other = world.project(), world.plan(1), world.plan(None)
    retire(world, old)
    assert choices(world, "/admin/projects/new") == [
        f"Plan {project.plan_code}, 2 at once",
        f"Plan {other}, no limit",
    ]
    with world.app.app_context():
        for change in (
            lambda: projects.create("New", old, COMMAND_LINE),
            lambda: moves.move([project.key], old, COMMAND_LINE),
        ):
            with pytest.raises(InvalidInput, match=f"The Plan {old} plan is retired"):
                change()
    retire(world, old, is_retired=False)
    with world.app.app_context():
        moves.move([project.key], old, COMMAND_LINE)
        assert projects.by_key(project.key).plan_code == old


def test_who_is_on_a_retired_plan_stays_with_its_limit(world: World) -> None:
    project = world.project(limit=1)
    experiment = world.experiment(project)
    retire(world, project.plan_code)
    world.start(experiment)
    with world.app.app_context():
        assert not moves.move([project.key], project.plan_code, COMMAND_LINE).projects[0].changed
        plans.change(project.plan_code, PlanChange(limit=Limit(3)), COMMAND_LINE)
    assert world.reload(experiment).status is Status.RUNNING
    assert choices(world, f"/admin/projects/{project.key}") == [
        f"Plan {project.plan_code}, 3 at once (retired)"
    ]


def test_an_admin_retires_a_plan_and_brings_it_back_by_its_page(world: World) -> None:
    code = world.plan()
    admin = world.browser(world.user(admin=True))
    address = f"/admin/plans/{code}"
    for way, told in (
        ("retire", f"The Plan {code} plan is retired: no project is put on it any more."),
        ("back", f"The Plan {code} plan is back."),
    ):
        (form,) = (
            each
            for each in page(admin.get(address)).every("form")
            if each.attributes.get("action", "").startswith(address)
        )
        assert form.attributes["action"] == f"{address}/{way}"
        assert admin.submit(f"{address}/{way}").headers["Location"] == address
        assert flashed(admin.get(address)) == [told]


def test_the_command_line_lists_plans_and_retires_them(world: World) -> None:
    first, second = world.plan(1), world.plan(None)
    told = {"code": second, "name": f"Plan {second}", "experiments_running": None}
    assert printed(world, "plan", "retire", str(second)) == {**told, "retired": True}
    assert printed(world, "plan", "list") == {
        "plans": [
            {"code": first, "name": f"Plan {first}", "experiments_running": 1},
            {**told, "retired": True},
        ]
    }
    assert printed(world, "plan", "retire", str(second), "--back") == told
    assert "Plan not found" in complaint(world, "plan", "retire", "7")


def test_a_lowered_limit_asks_once_for_all_projects_who_listens(world: World) -> None:
    def sent(projects: int) -> int:
        code = world.plan(limit=3)
        for project in [world.project() for _ in range(projects)]:
            sql = "UPDATE project SET plan_code = :code WHERE id = :id"
            world.execute(sql, code=code, id=project.id)
        with recorded(world.app) as statements, world.app.app_context():
            plans.change(code, PlanChange(limit=Limit(1)), COMMAND_LINE)
        return len(statements)

    assert sent(1) == sent(4)


def test_a_plan_that_is_retired_waits_for_no_project_and_a_renamed_one_tells_its_own(
    world: World,
) -> None:
    project = world.project()
    version = "SELECT version FROM project"
    (before,) = world.execute(version)
    with recorded(world.app) as statements, world.app.app_context():
        plans.change(project.plan_code, PlanChange(is_retired=True), COMMAND_LINE)
    assert not [each for each in statements if "project.version" in each or "running_count" in each]
    assert world.execute(version) == [before]
    with world.app.app_context():
        plans.change(project.plan_code, PlanChange("Another name"), COMMAND_LINE)
    assert world.execute(version) == [(before.version + 1,)]
