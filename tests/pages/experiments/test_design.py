"""The form of a draft's design: what is in it, what it changes, and what it refuses."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.experiments import designs
from app.experiments.designs import Design, GoalUse, VariantDesign
from app.models import Experiment, GoalRole, Project, Role, Status, now
from tests.lifecycle.test_traffic import plan
from tests.pages.reading import Element, errors, flashed, page, refused
from tests.world import Browser, World

HALVES = {
    "variants-0-key": "control",
    "variants-0-weight": "50",
    "variants-1-key": "treatment",
    "variants-1-weight": "50",
    "traffic_allocation": "100",
    "minimum_days": "7",
    "minimum_visitors": "500",
}


NOT_OF_THE_DESIGN = {
    "csrf_token",
    "submit",
    "add",
    "add_condition",
    "count",
    "even",
    "seen",
    "daily",
    "rate",
}


def path(project: Project, experiment: Experiment) -> str:
    return f"/projects/{project.key}/experiments/{experiment.key}/design"


def marketer(world: World, project: Project) -> Browser:
    return world.browser(world.member(project, Role.MARKETER))


def fields(found: Element) -> dict[str, str]:
    """Return what the form would send as it stands."""
    return {
        field.attributes["name"]: field.attributes.get("value", "")
        for field in found.every("input")
        if field.attributes["name"] not in NOT_OF_THE_DESIGN
    }


def test_the_form_shows_the_design_as_it_is(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    world.redesign(
        experiment,
        Design(
            (
                VariantDesign("a", 3334, "The old one", {"size": 1}),
                VariantDesign("b", 6666, "b", {"size": 2}),
            ),
            traffic_allocation=1250,
            minimum_days=0,
            minimum_visitors=30,
        ),
    )
    shown = fields(page(marketer(world, project).get(path(project, experiment))))
    assert shown == {
        "variants-0-key": "a",
        "variants-0-name": "The old one",
        "variants-0-weight": "33.34",
        "variants-0-value": '{"size": 1}',
        "variants-1-key": "b",
        "variants-1-name": "b",
        "variants-1-weight": "66.66",
        "variants-1-value": '{"size": 2}',
        "traffic_allocation": "12.5",
        "minimum_days": "0",
        "minimum_visitors": "30",
    }


def test_a_saved_design_is_what_was_written_and_sent_as_shown_it_changes_nothing(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    world.goal(project, "buy")
    world.goal(project, "complain")
    browser = marketer(world, project)
    form = {
        **HALVES,
        "variants-0-weight": "20 %",
        "variants-1-weight": "79,5",
        "variants-2-key": "third",
        "variants-2-name": "The third",
        "variants-2-weight": "0.5",
        "variants-2-value": '"quoted"',
        "traffic_allocation": "0.01",
        "minimum_days": "0",
        "goals-0-key": "buy",
        "goals-0-role": "primary",
        "goals-1-key": "complain",
        "goals-1-role": "",
    }
    answer = browser.submit(path(project, experiment), **form)
    assert answer.status_code == 302
    saved = world.design(experiment)
    assert saved == Design(
        (
            VariantDesign("control", 2000, "control", "control"),
            VariantDesign("treatment", 7950, "treatment", "treatment"),
            VariantDesign("third", 50, "The third", "quoted"),
        ),
        traffic_allocation=1,
        minimum_days=0,
        minimum_visitors=500,
        goals=(GoalUse("buy", GoalRole.PRIMARY),),
    )
    found = page(browser.get(path(project, experiment)))
    roles = {"goals-0-role": "primary", "goals-1-role": ""}
    browser.submit(path(project, experiment), **{**fields(found), **roles})
    assert world.design(experiment) == saved


def test_goals_stay_in_the_order_of_the_design_when_something_else_is_changed(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    for key in ("add", "buy", "call"):
        world.goal(project, key)
    uses = (GoalUse("call", GoalRole.PRIMARY), GoalUse("buy", GoalRole.SECONDARY))
    world.redesign(experiment, replace(designs.DEFAULT, goals=uses))
    browser = marketer(world, project)
    shown = fields(page(browser.get(path(project, experiment))))
    roles = {"goals-0-role": "primary", "goals-1-role": "secondary", "goals-2-role": ""}
    browser.submit(path(project, experiment), **{**shown, **roles, "traffic_allocation": "40"})
    saved = world.design(experiment)
    assert (saved.goals, saved.traffic_allocation) == (uses, 4000)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("blue", "blue"),
        ("1e400x", "1e400x"),
        ("NaN", "NaN"),
        ('{"broken":', '{"broken":'),
        ('"12"', "12"),
        ("", None),
        ("null", None),
    ],
)
def test_a_value_is_json_where_it_reads_as_json_and_text_otherwise(
    world: World, written: str, meant: str | None
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    form = {**HALVES, "variants-0-value": written}
    marketer(world, project).submit(path(project, experiment), **form)
    assert world.design(experiment).variants[0].value == (meant or "control")


def test_one_more_row_is_added_and_loses_nothing_of_what_was_typed(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    form = {**HALVES, "variants-1-name": "Half done", "add": "Add a variant"}
    answer = marketer(world, project).submit(path(project, experiment), **form)
    shown = fields(page(answer))
    assert (answer.status_code, shown["variants-1-name"]) == (200, "Half done")
    assert (shown["variants-2-key"], shown["variants-2-weight"]) == ("", "33.33")
    assert "autofocus" in page(answer).the("input", name="variants-2-key").attributes
    assert world.design(experiment) == Design()


def test_a_row_with_a_name_alone_gets_its_key_from_it(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    form = {**HALVES, "variants-1-key": "", "variants-1-name": "Bold and blue"}
    marketer(world, project).submit(path(project, experiment), **form)
    saved = world.design(experiment).variants[1]
    assert saved == VariantDesign("bold-and-blue", 5000, "Bold and blue", "bold-and-blue")


def test_an_empty_row_is_taken_away(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    form = {**HALVES, "variants-2-key": " ", "variants-2-weight": "0"}
    marketer(world, project).submit(path(project, experiment), **form)
    assert len(world.design(experiment).variants) == 2


@pytest.mark.parametrize(
    ("changed", "at_fault"),
    [
        (
            {"variants-1-weight": "49"},
            {"variants": "The shares make 99 % together: they have to make 100 %."},
        ),
        ({"variants-1-weight": "x"}, {"variants-1-weight": "Give a percentage, as"}),
        (
            {"variants-1-weight": "1e999999"},
            {"variants-1-weight": "Give a percentage, as"},
        ),
        (
            {"variants-1-weight": "\u0665\u0660"},
            {"variants-1-weight": "Give a percentage, as"},
        ),
        ({"variants-1-value": '"\\ud800"'}, {"variants": "The value of treatment cannot be"}),
        ({"variants-1-value": '{"\\ud800": 1}'}, {"variants": "The value of treatment cannot be"}),
        ({"variants-1-key": "control"}, {"variants": "Two variants have the same key"}),
        ({"variants-1-key": "", "variants-1-name": ""}, {"variants": "An experiment has 2 to 20"}),
        ({"variants-1-value": "5"}, {"variants": "The values differ in type"}),
        ({"traffic_allocation": "101"}, {"traffic_allocation": "Traffic allocation is from 0"}),
        ({"traffic_allocation": ""}, {"traffic_allocation": "Say which part of its audience"}),
        ({"minimum_days": "soon"}, {"minimum_days": "Give a whole number."}),
        ({"minimum_days": "-1"}, {"minimum_days": "The minimum is from 0 to 365 days."}),
        (
            {"goals-0-key": "gone", "goals-0-role": "primary"},
            {"goals": "The project has no goal gone."},
        ),
    ],
    ids=str,
)
def test_a_mistake_is_said_beside_what_it_is_in_and_loses_nothing(
    world: World, changed: dict[str, str], at_fault: dict[str, str]
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    form = {**HALVES, "variants-0-name": "Typed", **changed}
    answer = marketer(world, project).submit(path(project, experiment), **form)
    assert answer.status_code == 400
    ((field, words),) = at_fault.items()
    assert page(answer).the("p", class_="error", id=f"{field}-error").text.startswith(words)
    assert fields(page(answer))["variants-0-name"] == "Typed"
    assert world.design(experiment) == Design()


def test_a_twenty_first_row_is_not_added_and_a_form_that_has_it_is_refused(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    rows = {f"variants-{number}-key": f"v{number}" for number in range(2, 20)}
    answer = browser.submit(path(project, experiment), **HALVES, **rows, add="Add a variant")
    assert "variants-20-key" not in fields(page(answer))
    answer = browser.submit(path(project, experiment), **HALVES, **rows, **{"variants-20-key": "x"})
    error = page(answer).the("p", class_="error", id="variants-error")
    assert error.text.startswith("An experiment has 2 to 20 variants.")
    assert world.design(experiment) == Design()


@pytest.mark.parametrize("row", ["²", "9" * 5000])
def test_a_row_whose_number_is_none_is_a_bad_request(world: World, row: str) -> None:
    project = world.project()
    experiment = world.experiment(project)
    form = {**HALVES, f"variants-{row}-key": "x"}
    answer = marketer(world, project).submit(path(project, experiment), **form)
    assert answer.status_code == 400
    assert world.design(experiment) == Design()


@pytest.mark.parametrize("status", [Status.RUNNING, Status.STOPPED, Status.ARCHIVED])
def test_outside_of_draft_the_page_says_what_to_do_instead(world: World, status: Status) -> None:
    project = world.project()
    experiment = world.experiment(project, status)
    browser = marketer(world, project)
    asked = browser.get(path(project, experiment))
    (said,) = refused(browser.get(asked.headers["Location"]))
    sent = browser.submit(path(project, experiment), **HALVES, traffic="5")
    assert sent.status_code == 400
    for text in (said, page(sent).text):
        assert "change only in draft" in text
        assert "clone it" in text
    assert world.design(experiment) == Design()


def test_what_was_typed_while_somebody_pressed_start_is_not_lost(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    world.start(experiment)
    form = {**HALVES, "variants-0-name": "Typed meanwhile"}
    answer = browser.submit(path(project, experiment), **form)
    assert fields(page(answer))["variants-0-name"] == "Typed meanwhile"


def test_the_experiments_page_shows_the_design_and_the_way_to_change_it(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    address = f"/projects/{project.key}/experiments/{experiment.key}"
    region = page(browser.get(address)).the("section", id="region")
    assert path(project, experiment) in [link.attributes["href"] for link in region.every("a")]
    assert "50 %" in region.text
    world.start(experiment)
    region = page(browser.get(address)).the("section", id="region")
    assert "pause it and move it back to draft" in region.text


def test_a_page_that_was_open_too_long_says_so_and_changes_nothing(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    browser.csrf_token = "old"
    answer = browser.submit(path(project, experiment), **{**HALVES, "minimum_days": "3"})
    assert answer.status_code == 400
    assert "open for too long" in page(answer).text
    assert world.design(experiment) == Design()


def test_saving_says_so(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    answer = browser.submit(path(project, experiment), **HALVES)
    assert flashed(browser.get(answer.headers["Location"])) == ["The design is saved."]


@pytest.mark.parametrize(("traffic", "is_told"), [("49.99", False), ("50", True)])
def test_saving_says_which_rise_of_traffic_has_nothing_left_to_come_for(
    world: World, traffic: str, *, is_told: bool
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    world.redesign(experiment, Design(traffic_allocation=500))
    plan(world, experiment, now() + timedelta(hours=1), share=5_000)
    browser = marketer(world, project)
    sent = {**HALVES, "traffic_allocation": traffic}
    answer = browser.submit(path(project, experiment), **sent)
    said = "The design is saved."
    told = " The rise to 50 % that was set is taken back: it begins with as much."
    assert flashed(browser.get(answer.headers["Location"])) == [said + told * is_told]


def test_a_rise_that_a_version_before_left_with_a_design_of_as_much_goes_with_the_next_save(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    world.redesign(experiment, Design(traffic_allocation=500))
    plan(world, experiment, now() + timedelta(hours=1), share=5_000)
    world.execute("UPDATE run SET traffic_allocation = 6000")
    browser = marketer(world, project)
    sent = fields(page(browser.get(path(project, experiment))))
    answer = browser.submit(path(project, experiment), **sent)
    assert "is taken back" in flashed(browser.get(answer.headers["Location"]))[0]
    assert world.planned(experiment).raise_to is None


def test_a_design_that_is_sent_again_is_saved_as_at_first(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    shown = page(browser.get(path(project, experiment)))
    seen = shown.the("input", name="seen").attributes["value"] or ""
    sent = {**fields(shown), "seen": seen, "traffic_allocation": "40"}
    told = [browser.submit(path(project, experiment), **sent) for _ in range(2)]
    assert [answer.status_code for answer in told] == [302, 302]


def test_a_design_that_somebody_else_has_saved_meanwhile_is_not_overwritten_unseen(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    mine, theirs = marketer(world, project), marketer(world, project)
    address = path(project, experiment)

    def drawn(browser: Browser) -> dict[str, str]:
        shown = page(browser.get(address))
        return fields(shown) | {"seen": shown.the("input", name="seen").attributes["value"]}

    first, second = drawn(mine), drawn(theirs)
    assert mine.submit(address, **first | {"traffic_allocation": "10"}).status_code == 302
    answer = theirs.submit(address, **second | {"minimum_days": "9"})
    assert answer.status_code == 400
    assert errors(answer)[""] == (
        "Somebody has changed this design since you opened it, and nothing of yours is saved yet. "
        "What differs from the form is saved as Traffic: 10 %; Runs at least: 7 days. "
        "Saving again saves what the form says."
    )
    assert world.design(experiment).traffic_allocation == 1000
    again = fields(page(answer)) | {
        "seen": page(answer).the("input", name="seen").attributes["value"]
    }
    assert again["minimum_days"] == "9", "nothing that was written is lost"
    assert theirs.submit(address, **again).status_code == 302
    assert world.design(experiment).minimum_days == 9


def test_who_is_told_of_another_fault_is_still_told_that_somebody_was_faster(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    mine, theirs = marketer(world, project), marketer(world, project)
    address = path(project, experiment)
    shown = page(theirs.get(address))
    seen = {"seen": shown.the("input", name="seen").attributes["value"]}
    assert mine.submit(address, **HALVES | {"traffic_allocation": "10"}).status_code == 302
    wrong = theirs.submit(
        address, **fields(shown) | seen | {"variants-0-key": "", "variants-0-name": ""}
    )
    seen = {"seen": page(wrong).the("input", name="seen").attributes["value"]}
    answer = theirs.submit(address, **fields(shown) | seen)
    assert errors(answer)[""].startswith("Somebody has changed this design")
    assert world.design(experiment).traffic_allocation == 1000


def test_more_rows_than_anybody_needs_are_not_even_drawn(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    rows = {f"variants-{number}-key": "x" for number in range(1_001)}
    answer = marketer(world, project).submit(path(project, experiment), **rows)
    assert answer.status_code == 400
    assert "more rows than there can be" in page(answer).text
    assert len(page(answer).every("input")) < 10


def weights(found: Element) -> list[str]:
    return [value for name, value in fields(found).items() if name.endswith("-weight")]


def test_a_third_variant_of_an_even_split_gets_shares_that_add_up(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    found = page(browser.submit(path(project, experiment), **HALVES, add="Add a variant"))
    assert weights(found) == ["33.34", "33.33", "33.33"]
    assert found.the("output").text == "100 %"


def test_a_split_that_is_not_even_is_left_to_its_author_with_its_total(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser, uneven = marketer(world, project), HALVES | {"variants-0-weight": "45,5 %"}
    added = page(browser.submit(path(project, experiment), **uneven, add="Add a variant"))
    assert weights(added) == ["45,5 %", "50", "0"]
    assert added.the("output").text == "95.5 %"
    third = {"variants-2-key": "bold", "variants-2-weight": "nonsense"}
    even = page(browser.submit(path(project, experiment), **uneven, **third, even="Split evenly"))
    assert weights(even) == ["33.34", "33.33", "33.33"]
    assert world.design(experiment) == Design()


def test_a_variant_without_a_name_yet_has_its_share_and_one_taken_away_has_none(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser, address = marketer(world, project), path(project, experiment)
    unnamed = HALVES | {"variants-2-weight": "0"}
    found = page(browser.submit(address, **unnamed, even="Split evenly"))
    assert weights(found) == ["33.34", "33.33", "33.33"]
    assert "autofocus" in found.the("input", name="even").attributes
    taken_away = unnamed | {"variants-1-key": "", "variants-1-name": ""}
    found = page(browser.submit(address, **taken_away, even="Split evenly"))
    assert weights(found) == ["50", HALVES["variants-1-weight"], "50"]
    assert found.the("output").text == "100 %"


def test_an_added_variant_with_a_share_and_no_name_is_asked_for_one(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser, address = marketer(world, project), path(project, experiment)
    answer = browser.submit(address, **HALVES | {"variants-2-weight": "10"})
    assert answer.status_code == 400
    asked = "An added variant has a share but neither a key nor a name"
    assert asked in page(answer).the("p", id="variants-error").text
    assert page(answer).the("output").text == "110 %"


def test_an_even_split_of_seven_makes_the_whole() -> None:
    shares = designs.even_shares(7)
    assert sum(shares) == 10_000
    assert max(shares) - min(shares) == 1


def test_a_guardrail_says_how_much_worse_it_may_get(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    for key in ("order", "complaint"):
        world.goal(project, key)
    browser, address = marketer(world, project), path(project, experiment)
    rows = {f"goals-{number}-key": key for number, key in enumerate(("order", "complaint"))}
    roles = {"goals-0-role": "primary", "goals-1-role": "guardrail"}
    margins = {"goals-0-margin": "7", "goals-1-margin": "0.5"}
    browser.submit(address, **HALVES, **rows, **roles, **margins)
    assert world.execute("SELECT role, margin FROM run_goal ORDER BY position") == [
        ("primary", 200),
        ("guardrail", 50),
    ]
    shown = page(browser.get(address.removesuffix("/design")))
    assert "(guardrail, conversion, 7 days, 0.5 % tolerated)" in shown.the("dl", id="design").text
    assert fields(page(browser.get(address)))["goals-1-margin"] == "0.5"
    wrong = browser.submit(address, **HALVES, **rows, **roles, **{"goals-1-margin": "60"})
    assert "A guardrail tolerates from 0 to 50 %." in wrong.text
