"""What was written and not saved is never lost, and never shown to anybody else."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Dialog, Page, Route, expect
from sqlalchemy import update

from app.accounts import failed_sign_ins
from app.accounts.failed_sign_ins import Free
from app.database.transactions import writing
from app.experiments.designs import GoalUse
from app.models import Experiment, FailedSignIns, GoalRole, Project, Role, now
from tests.browser.conftest import Site
from tests.browser.polling import until
from tests.world import PASSWORD

BACK = "What you had written is back."
MOVED = "The page has changed since"


def new_experiment(project: Project) -> str:
    return f"/projects/{project.key}/new-experiment"


def edit(project: Project, experiment: Experiment) -> str:
    return f"/projects/{project.key}/experiments/{experiment.key}/edit"


def sign_in(page: Page, email: str) -> None:
    """Sign in on the page that asks for it."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def kept(page: Page) -> dict[str, str]:
    """Return what the tab keeps of what was written."""
    stored: dict[str, str] = page.evaluate("({ ...sessionStorage })")
    return {key: value for key, value in stored.items() if key.startswith("written:")}


def nothing_is_kept(page: Page) -> None:
    """Wait until the page has dropped what it kept."""
    until(page, lambda: kept(page) == {})


def asked(page: Page, *, leave: bool) -> list[str]:
    """Grows by each question that leaving brings up, which is answered so."""
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.type)
        if leave:
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    return questions


def test_a_form_that_is_sent_after_the_session_has_ended_is_there_again_after_signing_in(
    site: Site,
) -> None:
    project = site.world.project()
    email = site.world.member(project)
    page = site.visit(email)
    page.goto(new_experiment(project))
    page.get_by_label("Name").fill("Red banner")
    page.get_by_label("Description").fill("Why\nand “how”")
    page.context.clear_cookies()
    page.get_by_role("button", name="Create experiment").click()
    sign_in(page, email)
    assert page.url.endswith(new_experiment(project))
    expect(page.get_by_text(BACK)).to_be_visible()
    expect(page.get_by_text(MOVED)).to_be_hidden()
    expect(page.get_by_label("Name")).to_have_value("Red banner")
    expect(page.get_by_label("Description")).to_have_value("Why\nand “how”")

    lost = page.get_by_role("region", name="“Create experiment” was not carried out")
    expect(lost).to_be_focused()
    lost.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Red banner")
    nothing_is_kept(page)
    page.goto(new_experiment(project))
    expect(page.get_by_label("Name")).to_have_value("")
    expect(page.get_by_text(BACK)).to_have_count(0)


def test_a_page_that_is_left_or_crashes_has_the_text_again(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    page.get_by_label("Name").fill("Red banner")
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Red banner")
    page.goto("/")
    page.go_back()
    expect(page.get_by_label("Name")).to_have_value("Red banner")
    expect(page.get_by_text(BACK)).to_be_visible()


def test_starting_over_drops_it_for_good(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, name="Banner")
    page = site.visit(site.world.member(project))
    page.goto(edit(project, experiment))
    page.get_by_label("Name").fill("Red banner")
    page.reload()
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Name")).to_have_value("Banner")
    expect(page.get_by_label("Name")).to_be_focused()
    expect(page.get_by_text(BACK)).to_have_count(0)
    nothing_is_kept(page)
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Banner")


def test_text_that_is_put_back_as_it_was_drawn_is_nothing_to_keep(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, name="Banner")
    page = site.visit(site.world.member(project))
    page.goto(edit(project, experiment))
    page.get_by_label("Name").fill("Red banner")
    assert len(kept(page)) == 1
    page.get_by_label("Name").fill("Banner")
    nothing_is_kept(page)


def test_a_form_that_is_accepted_on_its_own_page_begins_empty(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/goals")
    page.get_by_label("Name").fill("Purchase")
    page.get_by_role("button", name="Add goal").click()
    expect(page.get_by_role("status").first).to_have_text("The goal “Purchase” is added.")
    expect(page.get_by_label("Name")).to_have_value("")
    nothing_is_kept(page)


def test_a_refused_form_is_kept_until_it_is_accepted(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    page.get_by_label("Name").fill("Red banner")
    page.get_by_label("Page URL").fill("nowhere")
    page.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_label("Page URL")).to_have_attribute("aria-invalid", "true")
    problem = page.get_by_role("region", name="There is a problem")
    expect(problem).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: New experiment"))
    problem.get_by_role("link", name="Page URL").click()
    expect(page.get_by_label("Page URL")).to_be_focused()
    page.goto("/")
    page.goto(new_experiment(project))
    expect(page.get_by_label("Name")).to_have_value("Red banner")
    expect(page.get_by_label("Page URL")).to_have_value("nowhere")


def test_a_form_that_never_arrived_is_kept(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    page.get_by_label("Name").fill("Red banner")
    page.route(
        f"**{new_experiment(project)}",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    page.get_by_role("button", name="Create experiment").click()
    page.wait_for_url("chrome-error://**")
    page.goto(new_experiment(project))
    expect(page.get_by_label("Name")).to_have_value("Red banner")


def test_enter_pressed_again_while_the_answer_is_on_its_way_makes_one_experiment(
    site: Site,
) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    page.get_by_label("Name").fill("Red banner")
    sent: list[Route] = []

    def carry_out(route: Route) -> None:
        sent.append(route)
        # The server has done it; the answer takes its time.
        if len(sent) == 1:
            route.fetch(max_redirects=0)
        else:
            route.continue_()

    page.route(f"**{new_experiment(project)}", carry_out)
    page.keyboard.press("Enter")
    until(page, lambda: made(site, project) == 1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Red banner")
    expect(page.get_by_role("status").first).to_contain_text("“Red banner” is created")
    assert (len(sent), made(site, project)) == (2, 1)


def made(site: Site, project: Project) -> int:
    statement = "SELECT count(*) FROM experiment WHERE project_id = :project"
    return site.world.execute(statement, project=project.id)[0][0]


def test_another_person_on_that_tab_never_sees_it(site: Site) -> None:
    project = site.world.project()
    first, second = site.world.member(project), site.world.member(project)
    page = site.visit(first)
    page.goto(new_experiment(project))
    page.get_by_label("Name").fill("Red banner")
    page.context.clear_cookies()
    page.reload()
    sign_in(page, second)
    assert page.url.endswith(new_experiment(project))
    expect(page.get_by_label("Name")).to_have_value("")
    nothing_is_kept(page)
    page.context.clear_cookies()
    page.reload()
    sign_in(page, first)
    expect(page.get_by_label("Name")).to_have_value("")


def test_signing_out_leaves_nothing_behind(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    page.get_by_label("Name").fill("Red banner")
    page.goto("/")
    assert len(kept(page)) == 1
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    nothing_is_kept(page)


def test_passwords_and_tokens_are_never_kept(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.visit(site.world.member(project))
    page.goto("/account")
    page.locator("[type=password]").first.fill("a secret")
    nothing_is_kept(page)
    page.goto(edit(project, experiment))
    page.locator("form[data-kept]").evaluate(
        "(form) => form.insertAdjacentHTML('beforeend', '<input type=password name=secret>')"
    )
    page.locator("[name=secret]").fill("a secret")
    page.get_by_label("Name").fill("Red banner")
    token = page.locator("form[data-kept] [name=csrf_token]").input_value()
    (draft,) = kept(page).values()
    assert token not in draft
    purpose = {"hypothesis", "owner", "tags", "ticket_url"}
    assert json.loads(draft)["values"].keys() == {"name", "url", "description"} | purpose


def test_a_row_that_was_added_to_a_design_is_back_and_goals_keep_their_roles(site: Site) -> None:
    project = site.world.project()
    site.world.goal(project, "purchase")
    experiment = site.world.experiment(project)
    email = site.world.member(project)
    page = site.visit(email)
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}/design")
    page.get_by_role("button", name="Add a variant").click()
    row = page.get_by_role("group", name="Variant 2")
    row.get_by_label("Key").fill("bold")
    row.get_by_label("Share").fill("20")
    page.get_by_role("group", name="The original").get_by_label("Share").fill("30")
    page.get_by_role("group", name="Variant 1").get_by_label("Share").fill("50")
    page.get_by_role("combobox", name="purchase").select_option("primary")
    site.world.goal(project, "complaint")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save the design").last.click()
    sign_in(page, email)
    expect(page.get_by_text(BACK)).to_be_visible()
    expect(page.get_by_text(MOVED)).to_be_hidden()
    expect(row.get_by_label("Key")).to_have_value("bold")
    expect(page.locator("#total")).to_have_text("100 %")
    expect(page.get_by_role("combobox", name="complaint")).to_have_value("")
    page.get_by_role("button", name="Save the design").last.click()
    expect(page.get_by_role("status").first).to_have_text("The design is saved.")
    saved = site.world.design(experiment)
    assert [(each.key, each.weight) for each in saved.variants] == [
        ("control", 3000),
        ("treatment", 5000),
        ("bold", 2000),
    ]
    assert saved.goals == (GoalUse("purchase", GoalRole.PRIMARY),)


def test_a_design_tells_how_long_it_takes_as_it_is_typed(site: Site) -> None:
    project = site.world.project()
    site.world.goal(project, "purchase")
    experiment = site.world.experiment(project)
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}/design")
    page.get_by_role("combobox", name="purchase").select_option("primary")
    page.get_by_label("Visitors a day").fill("1000")
    page.get_by_label("Rate of the primary goal today").fill("5")
    largest = page.get_by_role("row", name="25 %")
    expect(largest).to_contain_text("25 days")
    page.get_by_label("Traffic, %").fill("50")
    expect(largest).to_contain_text("43 days")


def test_back_to_a_form_that_has_made_something_asks_before_it_makes_another(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    page.get_by_label("Name").fill("Red banner")
    page.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_role("heading", name="Red banner")).to_be_visible()
    nothing_is_kept(page)
    page.go_back()
    page.get_by_label("Name").fill("Red banner")
    page.get_by_role("button", name="Create experiment").click()
    problem = page.get_by_role("region", name="There is a problem")
    expect(problem).to_be_focused()
    expect(problem).to_contain_text("You sent the same 1 minute ago: “Red banner” is created")
    assert made(site, project) == 1
    page.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_role("heading", name="Red banner")).to_be_visible()
    assert made(site, project) == 2


def test_starting_over_takes_an_added_row_away_again(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}/design")
    page.get_by_role("button", name="Add a variant").click()
    page.get_by_role("group", name="Variant 2").get_by_label("Key").fill("bold")
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}/design")
    expect(page.get_by_role("group", name="Variant 2").get_by_label("Key")).to_have_value("bold")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_role("group", name="Variant 2")).to_have_count(0)
    nothing_is_kept(page)


def test_the_list_of_sites_is_back_although_nobody_can_open_the_address_it_is_sent_to(
    site: Site,
) -> None:
    project = site.world.project()
    email = site.world.member(project, Role.OWNER)
    page = site.visit(email)
    page.goto(f"/projects/{project.key}/install")
    page.get_by_label("Sites, one a line").fill("https://shop.example")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save sites").click()
    sign_in(page, email)
    assert page.url.endswith("/install")
    expect(page.get_by_label("Sites, one a line")).to_have_value("https://shop.example")
    lost = page.get_by_role("region", name="“Save sites” was not carried out: you were signed out")
    lost.get_by_role("button", name="Save sites").click()
    expect(page.get_by_role("status").first).to_have_text("The sites are saved.")
    nothing_is_kept(page)


def test_an_ended_session_that_the_page_finds_by_itself_asks_nothing_and_loses_nothing(
    site: Site,
) -> None:
    project = site.world.project()
    email = site.world.member(project, Role.OWNER)
    page = site.visit(email)
    page.goto(f"/projects/{project.key}/install")
    page.get_by_label("Sites, one a line").press_sequentially("https://shop.example")
    questions = asked(page, leave=False)
    page.context.clear_cookies()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert questions == []
    sign_in(page, email)
    expect(page.get_by_label("Sites, one a line")).to_have_value("https://shop.example")


def test_text_that_is_back_is_never_saved_over_what_a_colleague_wrote_meanwhile(
    site: Site,
) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, name="Banner")
    page = site.visit(site.world.member(project))
    page.goto(edit(project, experiment))
    page.get_by_label("Name").fill("Mine")
    page.goto("/")

    colleague = site.visit(site.world.member(project))
    colleague.goto(edit(project, experiment))
    colleague.get_by_label("Name").fill("Theirs")
    colleague.get_by_label("Description").fill("Their description")
    colleague.get_by_role("button", name="Save changes").click()
    expect(colleague.get_by_role("heading", level=1)).to_have_text("Theirs")

    page.goto(edit(project, experiment))
    expect(page.get_by_text(MOVED)).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    expect(page.get_by_label("Description")).to_have_value("Their description")
    page.get_by_role("button", name="Save changes").click()
    problems = page.get_by_role("region", name="There are 2 problems")
    expect(problems).to_be_focused()
    expect(problems).to_contain_text("nothing of yours is saved yet")
    expect(page.get_by_role("blockquote")).to_have_text(["Theirs"])
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mine")
    assert site.world.reload(experiment).description == "Their description"
    nothing_is_kept(page)


def test_leaving_an_edited_form_asks_and_staying_keeps_it(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    page.get_by_label("Name").press_sequentially("Red banner")
    questions = asked(page, leave=False)
    page.get_by_role("link", name="Cancel").click(no_wait_after=True)
    expect(page.get_by_label("Name")).to_have_value("Red banner")
    page.wait_for_load_state()
    assert questions == ["beforeunload"]
    assert page.url.endswith(new_experiment(project))


def test_a_refused_form_asks_as_well(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    page.get_by_label("Name").press_sequentially("Red banner")
    page.get_by_label("Page URL").press_sequentially("nowhere")
    questions = asked(page, leave=True)
    page.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_label("Page URL")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Page URL").click()
    assert questions == []
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(project.name)
    assert questions == ["beforeunload"]


@pytest.mark.parametrize("typed", ["", "Red banner"])
def test_a_form_as_it_was_drawn_and_one_that_is_sent_do_not_ask(site: Site, typed: str) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(new_experiment(project))
    questions = asked(page, leave=True)
    page.get_by_label("Name").press_sequentially(f"x{typed}")
    page.get_by_label("Name").fill(typed)
    if typed:
        page.get_by_role("button", name="Create experiment").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(typed)
    else:
        page.get_by_role("link", name="Cancel").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(project.name)
    assert questions == []


def test_the_name_of_a_clone_is_chosen_to_be_typed_over(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, name="Banner")
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}")
    page.get_by_role("button", name="Clone").click()
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Red banner")
    expect(page.get_by_label("Name")).to_have_value("Red banner")
    page.reload()
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(" in two sizes")
    expect(page.get_by_label("Name")).to_have_value("Red banner in two sizes")


def fail_to_sign_in(site: Site, email: str) -> None:
    """Have it that so many sign-ins have just failed that the next one has to wait."""
    few = Free(1, 1)
    with site.app.app_context(), writing() as session:
        account = failed_sign_ins.of_account(email, few).name
        session.add(FailedSignIns(subject=account, failures=10, last_at=now()))


def test_whoever_has_to_wait_sees_for_how_long_and_can_sign_in_then_on_the_same_page(
    site: Site,
) -> None:
    email = site.world.user()
    fail_to_sign_in(site, email)
    page = site.stranger()
    page.clock.install()
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    problems, button = page.locator(".problems"), page.get_by_role("button", name="Sign in")
    expect(problems).to_contain_text(re.compile(r"Wait for \d\d seconds before you try again\."))
    expect(button).to_be_disabled()
    page.clock.run_for(20_000)
    expect(problems).to_contain_text(re.compile(r"Wait for [1-4]?\d seconds"))
    # What is typed meanwhile stays, and Enter sends nothing.
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    forgive(site)
    page.clock.run_for(60_000)
    expect(problems.get_by_role("status")).to_have_text("You can try again now.")
    button.click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def forgive(site: Site) -> None:
    """Have it that the sign-ins failed long ago."""
    with site.app.app_context(), writing() as session:
        session.execute(update(FailedSignIns).values(last_at=now() - timedelta(minutes=1)))
