"""The pages of people, for admins: what they ask, refuse and tell."""

from datetime import timedelta

from app.accounts import api_keys
from app.models import KeyType, Role, now
from app.tenancy import slot_requests
from tests.pages.reading import page
from tests.world import World


def test_a_deactivation_says_what_ended_and_what_is_whose_now(world: World) -> None:
    project, shared = world.project(), world.project()
    email, heir = world.member(project, Role.OWNER), world.member(shared, Role.OWNER)
    world.give_role(shared, email, Role.OWNER)
    actor, made = world.person(email), world.experiment(shared)
    world.execute("UPDATE experiment SET owner_id = :id", id=actor.user_id)
    world.schedule(made, now() + timedelta(hours=1), actor=actor)
    with world.app.app_context():
        api_keys.mint(project.id, KeyType.ADMIN, "mine", actor)
        api_keys.mint(project.id, KeyType.CLIENT, "site", actor)
    browser = world.browser(world.user(admin=True))
    address = f"/admin/people/{actor.user_id}"
    asked = page(browser.get(f"{address}/deactivate")).the("main").text
    assert "What becomes of the keys of sites and servers? “site”" in asked
    browser.submit(f"{address}/deactivate", starts="drop", serving_keys="keep", successor=heir)
    told = [each.text for each in page(browser.get(address)).every("div", class_="panel done")]
    assert told[0] == (
        f"{email} is deactivated. Dropped: 1 start (“{made.name}”). Ended: 1 key (“mine”). "
        f"Kept: 1 key (“site”). Owned by {heir} now: 1 experiment. "
        f"{heir} is an owner of 1 project now."
    )


def test_a_request_for_slots_goes_with_whoever_asked_and_that_is_told(world: World) -> None:
    project = world.project(limit=0)
    email, draft = world.member(project), world.experiment(project)
    with world.app.app_context():
        slot_requests.ask(project.id, draft.test_id, world.person(email), now() + timedelta(1))
    browser = world.browser(world.user(admin=True))
    address = f"/admin/people/{world.person(email).user_id}"
    asked = page(browser.get(f"{address}/deactivate")).the("main").text
    assert "Waits for an answer to a request for slots" in asked
    browser.submit(f"{address}/deactivate", starts="drop")
    told = [each.text for each in page(browser.get(address)).every("div", class_="panel done")]
    assert told[0].endswith("Withdrawn: 1 request for slots.")


def test_the_list_says_who_is_what_in_which_projects(world: World) -> None:
    projects = [world.project() for _ in range(4)]
    email = world.member(projects[0], Role.OWNER)
    for project in projects[1:]:
        world.give_role(project, email, Role.VIEWER)
    browser = world.browser(world.user(admin=True))
    listed = page(browser.get(f"/admin/people?q={email}")).the("tbody").text
    one, other, third = sorted(projects, key=lambda project: project.name)[:3]
    shown = f"{one.name} (owner), {other.name} (viewer), {third.name} (viewer) and 1 more"
    assert shown in listed


def test_who_owns_nothing_has_nothing_that_is_taken_over(world: World) -> None:
    user_id = world.person(world.user()).user_id
    browser = world.browser(world.user(admin=True))
    asked = page(browser.get(f"/admin/people/{user_id}/deactivate")).the("main").text
    assert "takes over" not in asked
    assert "keys of sites" not in asked


def test_an_unknown_successor_is_told_beside_the_field(world: World) -> None:
    user_id = world.person(world.user()).user_id
    browser = world.browser(world.user(admin=True))
    answer = browser.submit(f"/admin/people/{user_id}/deactivate", successor="no@example.test")
    assert answer.status_code == 400
    error = page(answer).the("p", id="successor-error").text
    assert error == "Nobody signs in with this e-mail yet: an admin can invite them."


def test_who_is_deactivated_is_not_asked_about_again(world: World) -> None:
    user_id = world.person(world.user()).user_id
    browser = world.browser(world.user(admin=True))
    address = f"/admin/people/{user_id}"
    assert browser.submit(f"{address}/deactivate").location == address
    assert browser.get(f"{address}/deactivate").location == address


def test_who_gives_up_being_an_admin_is_led_to_a_page_that_they_may_see(world: World) -> None:
    world.user(admin=True)
    email = world.user(admin=True)
    browser = world.browser(email)
    address = f"/admin/people/{world.person(email).user_id}"
    assert browser.submit(f"{address}/unmake-admin").location == "/"
    assert "is no admin any more." in browser.get("/").text
