"""A project's members: who manages them, and how one leaves."""

from datetime import timedelta

import pytest

from app.accounts import api_keys
from app.models import KeyType, Project, Role, now
from tests.pages.reading import errors, flashed, page, refused
from tests.world import Browser, World


def people(browser: Browser, project: Project) -> dict[str, str]:
    found = page(browser.get(f"/projects/{project.key}/members"))
    rows = found.the("tbody").every("tr")
    return {row.the("th").text: row.every("td")[0].text for row in rows}


def number(world: World, email: str) -> int:
    return world.execute("SELECT id FROM user_account WHERE email = :e", e=email)[0].id


def test_the_list_tells_who_belongs_here_and_as_what(world: World) -> None:
    project, other = world.project(), world.project()
    world.member(other)
    emails = {world.member(project, role): role.value.capitalize() for role in Role}
    owner = world.browser(next(email for email, role in emails.items() if role == "Owner"))
    assert people(owner, project) == emails


@pytest.mark.parametrize("role", Role)
def test_somebody_is_added_in_a_role_and_is_in(world: World, role: Role) -> None:
    project, email = world.project(), world.user()
    owner = world.browser(world.member(project, Role.OWNER))
    answer = owner.submit(f"/projects/{project.key}/members", email=email.upper(), role=role)
    assert answer.headers["Location"] == f"/projects/{project.key}/members"
    assert people(owner, project)[email] == role.value.capitalize()
    assert world.browser(email).get(f"/projects/{project.key}").status_code == 200


def test_adding_a_member_again_changes_the_role(world: World) -> None:
    project = world.project()
    email = world.member(project, Role.VIEWER)
    owner = world.browser(world.member(project, Role.OWNER))
    owner.submit(f"/projects/{project.key}/members", email=email, role="marketer")
    assert people(owner, project)[email] == "Marketer"
    assert len(people(owner, project)) == 2


def test_a_removed_member_is_out_at_once(world: World) -> None:
    project = world.project()
    email = world.member(project)
    browser = world.browser(email)
    owner = world.browser(world.member(project, Role.OWNER))
    owner.submit(f"/projects/{project.key}/members/{number(world, email)}/remove")
    assert browser.get(f"/projects/{project.key}").status_code == 404
    assert email not in people(owner, project)


def test_the_last_owner_neither_leaves_nor_steps_down(world: World) -> None:
    project = world.project()
    email = world.member(project, Role.OWNER)
    owner = world.browser(email)
    sentence = "A project keeps at least one owner: make somebody else owner first."
    owner.submit(f"/projects/{project.key}/members/{number(world, email)}/remove")
    assert refused(owner.get(f"/projects/{project.key}/members")) == [sentence]
    answer = owner.submit(f"/projects/{project.key}/members", email=email, role="viewer")
    assert (answer.status_code, errors(answer)) == (400, {"": sentence})
    assert people(owner, project) == {email: "Owner"}


def test_an_owner_who_leaves_or_steps_down_is_led_to_a_page_that_opens(world: World) -> None:
    project = world.project()
    first, second, _ = (world.member(project, Role.OWNER) for _ in range(3))
    path = f"/projects/{project.key}/members"
    browser = world.browser(first)
    left = browser.submit(f"{path}/{number(world, first)}/remove")
    assert flashed(browser.get(left.location)) == [f"You have left “{project.name}”."]
    assert browser.get(left.location).status_code == 200
    browser = world.browser(second)
    down = browser.submit(path, email=second, role="marketer")
    assert flashed(browser.get(down.location)) == [f"{second} is a marketer now."]
    assert browser.get(down.location).status_code == 200


def test_one_of_two_owners_may_leave(world: World) -> None:
    project = world.project()
    first, second = (world.member(project, Role.OWNER) for _ in range(2))
    owner = world.browser(first)
    owner.submit(f"/projects/{project.key}/members/{number(world, first)}/remove")
    assert owner.get(f"/projects/{project.key}").status_code == 404
    assert people(world.browser(second), project) == {second: "Owner"}


def test_the_only_owner_is_told_why_they_cannot_leave(world: World) -> None:
    project = world.project()
    owner = world.browser(world.member(project, Role.OWNER))
    shown = page(owner.get(f"/projects/{project.key}/members")).the("tbody")
    assert "The only owner: it needs another first." in shown.text
    assert shown.every("button") == []


def test_who_leaves_is_told_first_what_they_stay_the_owner_of(world: World) -> None:
    project = world.project()
    email, experiment = world.member(project), world.experiment(project, name="Banner")
    by = {"by": number(world, email), "id": experiment.test_id}
    world.execute("UPDATE experiment SET owner_id = :by WHERE test_id = :id", **by)
    browser, path = world.browser(email), f"/projects/{project.key}/members"
    asked = page(browser.get(path)).the("form", action=f"{path}/{by['by']}/remove")
    assert "You stay named as the owner of “Banner”." in asked.attributes["data-consequence"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER])
def test_every_member_may_leave_and_ends_no_other_membership(world: World, role: Role) -> None:
    project = world.project()
    email, owner = world.member(project, role), world.member(project, Role.OWNER)
    browser, path = world.browser(email), f"/projects/{project.key}/members"
    assert browser.submit(f"{path}/{number(world, owner)}/remove").status_code == 403
    shown = page(browser.get(path)).the("main")
    assert [each.text for each in shown.every("button", class_="asks")] == ["Leave project"]
    assert "Add a member" not in shown.text
    left = browser.submit(f"{path}/{number(world, email)}/remove")
    assert flashed(browser.get(left.location)) == [f"You have left “{project.name}”."]
    assert people(world.browser(owner), project) == {owner: "Owner"}


def test_who_leaves_is_told_first_what_becomes_of_what_they_have_planned(world: World) -> None:
    project, email, _ = planning(world)
    browser, path = world.browser(email), f"/projects/{project.key}/members"
    details = page(browser.get(path)).the("template", id=f"planned-{number(world, email)}")
    assert "1 queued : “Banner”" in details.text
    assert "A stop always happens. Your starts are dropped" in details.text
    leave = f"{path}/{number(world, email)}/remove"
    browser.submit(leave)
    assert refused(browser.get(path)) == [
        "Nothing has changed yet. Starts that you have planned here (“Banner”) would be nobody's: "
        "say that they are to be dropped, or have somebody else end your access."
    ]
    left = browser.submit(leave, starts=details.the("input", name="starts").attributes["value"])
    assert "Dropped: 1 queued (“Banner”)." in flashed(browser.get(left.location))[0]
    assert world.line(project) == []


@pytest.mark.parametrize("user", ["stranger", "99", "2147483648", "x"])
def test_who_is_not_a_member_cannot_be_removed(world: World, user: str) -> None:
    project = world.project()
    owner = world.browser(world.member(project, Role.OWNER))
    user_id = str(number(world, world.user())) if user == "stranger" else user
    answer = owner.submit(f"/projects/{project.key}/members/{user_id}/remove")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"email": ""}, {"email": "Enter an email."}),
        ({"email": "nobody"}, {"email": "This is not an e-mail address."}),
        ({"email": "a\x00@example.test"}, {"email": "This is not an e-mail address."}),
        (
            {"email": "nobody@example.test"},
            {"email": "Nobody signs in with this e-mail yet: an admin can invite them."},
        ),
        ({"role": "admin"}, {"role": "Not a valid choice."}),
        (
            {"email": "nobody@example.test", "role": ""},
            {
                "email": "Nobody signs in with this e-mail yet: an admin can invite them.",
                "role": "Choose a role.",
            },
        ),
    ],
)
def test_a_mistake_is_said_beside_its_field(
    world: World, fields: dict[str, str], at_fault: dict[str, str]
) -> None:
    project = world.project()
    owner = world.browser(world.member(project, Role.OWNER))
    form = {"email": world.user(), "role": "viewer", **fields}
    answer = owner.submit(f"/projects/{project.key}/members", **form)
    assert (answer.status_code, errors(answer)) == (400, at_fault)
    assert len(people(owner, project)) == 1


def planning(world: World) -> tuple[Project, str, str]:
    """A full project in which a member has queued a start and set a stop; an owner's e-mail."""
    project = world.project(limit=1)
    email, owner = world.member(project), world.member(project, Role.OWNER)
    (running,) = world.running(project, 1)
    world.schedule(running, stop_at=now() + timedelta(hours=1), actor=world.person(email))
    world.queue(world.experiment(project, name="Banner"), world.person(email))
    return project, email, owner


def test_the_removals_question_lists_what_they_have_planned(world: World) -> None:
    project, _, owner = planning(world)
    html = world.browser(owner).get(f"/projects/{project.key}/members")
    details = page(html).the("ul", class_="planned")
    stop, queued = (item.text for item in details.every("li"))
    assert (stop.split(" : ")[0], queued) == ("1 stop", "1 queued : “Banner”")


def test_without_a_choice_nobody_with_starts_is_removed_and_the_page_says_why(
    world: World,
) -> None:
    project, email, owner_email = planning(world)
    owner = world.browser(owner_email)
    path = f"/projects/{project.key}/members"
    owner.submit(f"{path}/{number(world, email)}/remove")
    assert refused(owner.get(path)) == [
        "Nothing has changed yet. They have starts planned here (“Banner”): say whether to keep or "
        "to drop them."
    ]
    assert email in people(owner, project)
    owner.submit(f"{path}/{number(world, email)}/remove", starts="keep")
    (stop,) = world.execute("SELECT name FROM scheduled_change JOIN experiment USING (test_id)")
    assert flashed(owner.get(path)) == [
        f"The member is removed. Yours now: 1 stop (“{stop.name}”), 1 queued (“Banner”)."
    ]
    assert email not in people(owner, project)


@pytest.mark.parametrize("by", ["owner", "admin"])
def test_the_form_asks_what_becomes_of_a_new_viewers_starts(world: World, by: str) -> None:
    project, email, owner_email = planning(world)
    browser = world.browser(owner_email if by == "owner" else world.user(admin=True))
    prefix = "/projects" if by == "owner" else "/admin/projects"
    path = f"{prefix}/{project.key}/members"
    answer = browser.submit(path, email=email, role="viewer")
    assert answer.status_code == 400
    (name,) = world.execute("SELECT name FROM experiment WHERE status = 'running'")[0]
    asked = page(answer).the("form", class_="wide", action=path)
    assert "They have starts planned here (“Banner”)" in asked.text
    assert [each.text for each in asked.the("ul", class_="planned").every("li")] == [
        f"1 stop : “{name}”",
        "1 queued : “Banner”",
    ]
    assert "A stop always happens: it is yours from then on." in asked.text
    assert "Drop them" in asked.text
    answer = browser.submit(path, email=email, role="viewer", starts="drop")
    assert answer.status_code == 302
    assert flashed(browser.get(answer.location)) == [
        f"{email} is a viewer now. Yours now: 1 stop (“{name}”). Dropped: 1 queued (“Banner”)."
    ]
    assert world.line(project) == []


def test_an_owner_who_only_looks_from_now_on_is_asked_about_no_choice_that_is_none(
    world: World,
) -> None:
    project = world.project(limit=1)
    email, _ = (world.member(project, Role.OWNER) for _ in range(2))
    world.running(project, 1)
    world.queue(world.experiment(project, name="Banner"), world.person(email))
    owner, path = world.browser(email), f"/projects/{project.key}/members"
    asked = page(owner.submit(path, email=email, role="viewer")).the("form", class_="wide")
    assert "Starts that you have planned here (“Banner”) would be nobody's" in asked.text
    assert "What becomes of your starts?" in asked.text
    assert [each.attributes["value"] for each in asked.every("input", name="starts")] == ["drop"]
    assert "Planned by you: 1 queued : “Banner”" in asked.text
    assert owner.submit(path, email=email, role="viewer", starts="drop").status_code == 302
    assert world.line(project) == []


def test_what_became_of_a_new_viewers_stops_is_said_where_there_are_no_starts(
    world: World,
) -> None:
    project = world.project()
    email = world.member(project)
    owner = world.browser(world.member(project, Role.OWNER))
    (running,) = world.running(project, 1)
    world.schedule(running, stop_at=now() + timedelta(hours=1), actor=world.person(email))
    path = f"/projects/{project.key}/members"
    owner.submit(path, email=email, role="viewer")
    assert flashed(owner.get(path)) == [
        f"{email} is a viewer now. Yours now: 1 stop (“{running.name}”)."
    ]


def test_an_owner_who_only_looks_from_now_on_is_told_that_their_stop_stays(world: World) -> None:
    project = world.project()
    email, other = (world.member(project, Role.OWNER) for _ in range(2))
    (running,) = world.running(project, 1)
    world.schedule(running, stop_at=now() + timedelta(hours=1), actor=world.person(email))
    browser = world.browser(email)
    browser.submit(f"/projects/{project.key}/members", email=email, role="viewer")
    assert f"{email} is a viewer now. Still planned: 1 stop (“{running.name}”)." in flashed(
        browser.get("/")
    )
    assert other in people(world.browser(other), project)


def test_who_removes_or_demotes_somebody_is_told_of_the_keys_that_they_made(world: World) -> None:
    project = world.project()
    email = world.member(project, Role.OWNER)
    owner = world.browser(world.member(project, Role.OWNER))
    with world.app.app_context():
        for kind in (KeyType.ADMIN, KeyType.CLIENT):
            api_keys.mint(project.id, kind, f"my {kind}", world.person(email))
    path = f"/projects/{project.key}/members"
    asked = [
        form.attributes["data-consequence"]
        for form in page(owner.get(path)).every("form")
        if "data-consequence" in form.attributes
    ]
    assert sorted(asked) == [
        "They no longer see this project, and keys made by them open nothing: “my admin”."
        " You can add them again.",
        "You no longer see this project. An owner can add you again.",
    ]
    owner.submit(path, email=email, role="viewer")
    assert flashed(owner.get(path)) == [
        f"{email} is a viewer now. Keys made by them only read now: “my admin”."
    ]
