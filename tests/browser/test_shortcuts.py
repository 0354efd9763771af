"""Single keys do what the page's buttons do, say so when they cannot, and can be turned off."""

from playwright.sync_api import Locator, Page, expect

from app.models import Experiment, Project, Role, Status
from tests.browser.conftest import Site
from tests.browser.rows import outcome, row

NO_ROW = "Choose a row first: j and k go through them."


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def said(page: Page) -> Locator:
    return page.locator("#key-said")


def listed(page: Page) -> list[str]:
    """The keys that the open list shows."""
    return [each.inner_text() for each in page.locator("dialog kbd").all() if each.is_visible()]


def crowded(site: Site) -> tuple[Project, Page, list[Experiment]]:
    """A project's page, and its experiments as they stand there."""
    project = site.world.project(limit=3, connected=True)
    made = [site.world.experiment(project) for _ in range(3)]
    return project, site.open_project(site.world.member(project), project), made[::-1]


def name_in(page: Page, experiment: Experiment) -> Locator:
    return row(page, experiment).get_by_role("link", name=experiment.name)


def test_j_and_k_go_through_the_rows_and_say_where_they_end(site: Site) -> None:
    _, page, (first, second, third) = crowded(site)
    press(page, "j")
    expect(name_in(page, first)).to_be_focused()
    press(page, "jj")
    expect(name_in(page, third)).to_be_focused()
    press(page, "j")
    expect(said(page)).to_have_text("This is the last row.")
    expect(name_in(page, third)).to_be_focused()
    press(page, "k")
    expect(name_in(page, second)).to_be_focused()
    expect(said(page)).to_have_text("")
    press(page, "kk")
    expect(said(page)).to_have_text("This is the first row.")


def test_s_and_p_press_the_buttons_of_the_row_and_no_other(site: Site) -> None:
    _, page, (_, second, third) = crowded(site)
    press(page, "jjs")
    expect(outcome(page)).to_contain_text(f"“{second.name}” is live")
    expect(row(page, second)).to_contain_text("Visitors are being split")
    press(page, "j")
    expect(name_in(page, third)).to_be_focused()
    press(page, "kp")
    expect(outcome(page)).to_contain_text(f"“{second.name}” is paused")
    expect(row(page, second)).to_contain_text("Paused")
    page.keyboard.press("Escape")
    expect(name_in(page, second)).to_be_focused()
    press(page, "s")
    expect(outcome(page)).to_contain_text(f"“{second.name}” is live again")
    assert [target for _, target, _ in site.world.history(second)] == [
        Status.RUNNING,
        Status.STOPPED,
        Status.RUNNING,
    ]
    assert site.world.history(third) == []


def test_without_a_row_or_its_button_nothing_happens_but_that_it_is_said(site: Site) -> None:
    _, page, experiments = crowded(site)
    press(page, "s")
    expect(said(page)).to_have_text(NO_ROW)
    press(page, "jp")
    expect(said(page)).to_have_text("There is nothing to pause here.")
    press(page, "u")
    expect(said(page)).to_have_text("There is nothing to undo.")
    assert [site.world.history(each) for each in experiments] == [[], [], []]


def test_after_an_action_a_row_has_to_be_chosen_again(site: Site) -> None:
    _, page, (first, *_) = crowded(site)
    press(page, "js")
    expect(outcome(page)).to_contain_text("is live")
    press(page, "p")
    expect(said(page)).to_have_text(NO_ROW)
    assert site.world.reload(first).status is Status.RUNNING


def test_a_key_that_is_held_down_presses_once(site: Site) -> None:
    _, page, (first, *_) = crowded(site)
    press(page, "j")
    for _ in range(2):
        page.keyboard.down("x")
    page.keyboard.up("x")
    expect(row(page, first).get_by_role("checkbox")).to_be_checked()


def test_on_an_experiments_own_page_s_and_p_act_on_it(site: Site) -> None:
    project = site.world.project(connected=True)
    experiment = site.world.experiment(project)
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}")
    press(page, "s")
    expect(page.locator("#region .status")).to_contain_text("Visitors are being split")
    expect(outcome(page)).to_contain_text("is live")
    press(page, "p")
    expect(page.locator("#region .status")).to_contain_text("Everybody sees the original")
    press(page, "p")
    expect(said(page)).to_have_text("There is nothing to pause here.")
    press(page, "j")
    expect(said(page)).to_have_text("This page has nothing for the key j.")


def test_u_takes_back_what_was_done(site: Site) -> None:
    project = site.world.project(connected=True)
    experiment = site.world.experiment(project, Status.RUNNING)
    page = site.open_project(site.world.member(project), project)
    press(page, "jp")
    expect(outcome(page).get_by_role("button", name="Undo")).to_be_visible()
    expect(row(page, experiment)).to_contain_text("Everybody sees the original")
    press(page, "u")
    expect(row(page, experiment)).to_contain_text("Visitors are being split")
    assert len(site.world.history(experiment)) == 3


def test_slash_goes_to_the_search_and_x_selects_the_row(site: Site) -> None:
    _, page, (_, second, _) = crowded(site)
    chosen = page.locator('input[name="selected"]:checked')
    press(page, "x")
    expect(said(page)).to_have_text(NO_ROW)
    press(page, "jjx")
    expect(row(page, second).get_by_role("checkbox")).to_be_checked()
    expect(chosen).to_have_count(1)
    row(page, second).get_by_role("checkbox").focus()
    press(page, "x")
    expect(chosen).to_have_count(0)
    press(page, "/j/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("j/")


def test_n_begins_a_new_experiment_where_one_may(site: Site) -> None:
    project = site.world.project()
    page = site.open_project(site.world.member(project), project)
    press(page, "n")
    expect(page.get_by_role("heading", level=1)).to_have_text("New experiment")
    viewer = site.open_project(site.world.member(project, Role.VIEWER), project)
    press(viewer, "n")
    expect(said(viewer)).to_have_text("This page has nothing for the key n.")


def test_what_is_typed_into_a_field_or_with_a_modifier_is_no_shortcut(site: Site) -> None:
    project, page, (first, *_) = crowded(site)
    press(page, "j")
    for modifier in ("Control", "Alt", "Meta"):
        page.keyboard.press(f"{modifier}+s")
    press(page, "SJ")
    page.goto(f"/projects/{project.key}/new-experiment")
    page.get_by_label("Name").press_sequentially("?/njkxspu")
    page.get_by_label("Description").press_sequentially("?/njkxspu")
    page.get_by_label("Primary goal").press("n")
    expect(page.get_by_label("Name")).to_have_value("?/njkxspu")
    expect(page.get_by_label("Description")).to_have_value("?/njkxspu")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert site.world.history(first) == []


def test_the_list_names_the_keys_that_the_page_has(site: Site) -> None:
    project, page, _ = crowded(site)
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    assert listed(page) == ["j", "k", "x", "s", "u", "n", "/", "?", "Esc"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(f"/projects/{project.key}/goals")
    page.get_by_role("button", name="Keyboard").click()
    assert listed(page) == ["?", "Esc"]


def test_a_viewers_list_names_nothing_that_changes_something(site: Site) -> None:
    project = site.world.project()
    site.world.experiment(project)
    page = site.open_project(site.world.member(project, Role.VIEWER), project)
    press(page, "?")
    assert listed(page) == ["j", "k", "/", "?", "Esc"]


def test_escape_closes_the_list_and_leaves_what_came_of_an_action(site: Site) -> None:
    _, page, _ = crowded(site)
    press(page, "js")
    expect(outcome(page)).to_contain_text("is live")
    press(page, "?")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(outcome(page)).to_contain_text("is live")
    page.keyboard.press("Escape")
    expect(outcome(page)).to_be_empty()


def test_while_a_question_is_open_keys_are_not_shortcuts(site: Site) -> None:
    _, page, (first, *_) = crowded(site)
    row(page, first).get_by_role("button", name="Discard").click()
    press(page, "jsn?")
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("dialog", name=f"Discard “{first.name}”?")).to_be_visible()
    assert site.world.history(first) == []


def test_turned_off_keys_do_nothing_on_any_page_until_they_are_turned_on(site: Site) -> None:
    project, page, (first, *_) = crowded(site)
    press(page, "?")
    page.get_by_role("switch", name="Use single-key shortcuts").click()
    page.get_by_role("button", name="Close").click()
    page.goto(f"/projects/{project.key}")
    press(page, "js?n")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text(project.name)
    expect(said(page)).to_have_text("")
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    page.get_by_role("switch").press("Space")
    page.get_by_role("button", name="Close").press("Enter")
    press(page, "j")
    expect(name_in(page, first)).to_be_focused()
    assert site.world.history(first) == []
