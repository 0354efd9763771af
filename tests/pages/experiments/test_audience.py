"""Who takes part: chosen in the form of a draft's design, and said in a sentence."""

import pytest

from app.experiments import designs
from app.experiments.audiences import conditions
from tests.pages.experiments.test_design import HALVES, fields, marketer, path
from tests.pages.reading import errors, page
from tests.serving.site import make_site
from tests.watching import until
from tests.world import World


def row(number: int, joined: str, attribute: str, comparison: str, values: str) -> dict[str, str]:
    """The fields of a condition."""
    said = {"joined": joined, "attribute": attribute, "comparison": comparison, "values": values}
    return {f"audience-{number}-{name}": value for name, value in said.items()}


THREE = {
    **row(0, "or", "country", "is", "de\nAT\n"),
    **row(1, "and", "device", "not is", "mobile"),
    **row(2, "or", "page", "contains", "/product/"),
}
SENTENCE = (
    "visitors whose country is DE or AT, and whose device is not mobile; or whose page contains"
    " “/product/”"
)
SAVED = [
    [
        {"attribute": "country", "operator": "is", "values": ["DE", "AT"]},
        {"attribute": "device", "operator": "is", "values": ["mobile"], "negated": True},
    ],
    [{"attribute": "page", "operator": "contains", "values": ["/product/"]}],
]


def test_conditions_are_saved_shown_again_and_said_in_a_sentence(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    address = path(project, experiment)
    assert browser.submit(address, **HALVES, **THREE).status_code == 302
    saved = world.design(experiment)
    assert conditions.written(saved.audience) == SAVED
    form = page(browser.get(address))
    shown = {
        **fields(form),
        **{
            each.attributes["name"]: "".join(map(str, each.inside)).lstrip("\r\n")
            for each in form.every("textarea")
        },
        **{
            each.attributes["name"]: chosen.attributes["value"]
            for each in form.every("select")
            for chosen in each.every("option")
            if "selected" in chosen.attributes
        },
    }
    assert browser.submit(address, **shown).status_code == 302
    assert world.design(experiment) == saved
    told = browser.get(f"/projects/{project.key}/experiments/{experiment.key}").text
    assert SENTENCE in told
    history = browser.get(f"/projects/{project.key}/experiments/{experiment.key}/history")
    assert "Who takes part" in told + history.text


def test_one_more_row_is_added_and_an_empty_one_is_none(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    address = path(project, experiment)
    typed = {**HALVES, **row(0, "or", "plan", "is", "pro")}
    added = page(browser.submit(address, **typed, add_condition="Add a condition"))
    assert fields(added)["audience-0-attribute"] == "plan"
    assert fields(added)["audience-1-attribute"] == ""
    assert world.design(experiment).audience == designs.DEFAULT.audience
    emptied = {**typed, **row(0, "or", "", "is", " "), **row(1, "or", "plan", "is", "pro")}
    assert browser.submit(address, **emptied).status_code == 302
    assert conditions.written(world.design(experiment).audience) == [
        [{"attribute": "plan", "operator": "is", "values": ["pro"]}]
    ]


def test_a_condition_that_cannot_be_is_said_above_them_and_nothing_is_lost(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    wrong = row(0, "or", "country", "is", "Germany")
    answer = browser.submit(path(project, experiment), **HALVES, **wrong)
    assert answer.status_code == 400
    found = page(answer)
    assert "The country is a code of ISO 3166, such as DE," in answer.text
    assert fields(found)["audience-0-attribute"] == "country"
    assert world.design(experiment) == designs.DEFAULT


def test_a_group_whose_first_condition_is_taken_away_stays_a_group_of_its_own(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    emptied = {
        **row(0, "or", "country", "is", "de"),
        **row(1, "or", "", "is", ""),
        **row(2, "and", "device", "is", "mobile"),
    }
    address = path(project, experiment)
    assert marketer(world, project).submit(address, **HALVES, **emptied).status_code == 302
    assert conditions.written(world.design(experiment).audience) == [
        [{"attribute": "country", "operator": "is", "values": ["DE"]}],
        [{"attribute": "device", "operator": "is", "values": ["mobile"]}],
    ]


def test_an_audience_that_is_deleted_meanwhile_is_said_in_the_form(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = marketer(world, project)
    answer = browser.submit(path(project, experiment), **HALVES, named_audience="gone")
    assert (answer.status_code, errors(answer).get("named_audience")) == (
        400,
        "The project has no audience gone.",
    )


def test_where_no_sample_of_visitors_is_kept_it_says_so(world: World) -> None:
    site = make_site(world)
    site.ask_all("a", json={"context": {"targetingKey": "a", "device": "mobile"}})
    address = path(site.project, world.experiment(site.project))
    counting = {**HALVES, **row(0, "or", "device", "is", "mobile"), "count": "Count its visitors"}
    answer = marketer(world, site.project).submit(address, **counting)
    assert "this server keeps no sample of them (VISITOR_SAMPLE)" in answer.text


def test_a_count_of_what_cannot_be_says_why_once_it_is_asked_for(world: World) -> None:
    project = world.project()
    address = path(project, world.experiment(project))
    browser = marketer(world, project)
    wrong = row(0, "or", "country", "is", "Germany")
    counting = {**HALVES, **wrong, "count": "Count its visitors"}
    told = page(browser.submit(address, **counting)).the("div", id="reached")
    assert told.the("p").text.startswith("The country is a code of ISO 3166, such as DE,")
    typing = browser.press(address, **counting)
    assert not page(typing).the("div", id="reached").every("p")


@pytest.mark.visitor_sample
def test_the_form_and_the_draft_say_how_many_visitors_an_audience_covers(world: World) -> None:
    site = make_site(world)
    experiment = world.experiment(site.project)
    browser, address = marketer(world, site.project), path(site.project, experiment)
    mobile = row(0, "or", "device", "is", "mobile")
    counting = {**HALVES, **mobile, "count": "Count its visitors"}
    assert "nothing has asked for variants" in browser.submit(address, **counting).text
    for unit, device in (("a", "mobile"), ("b", "desktop"), ("c", "desktop")):
        site.ask_all(unit, json={"context": {"targetingKey": unit, "device": device}})
    told = "Visitors whose device is mobile. 1 of the 3 visitors of the last 24 hours."
    until(
        lambda: (
            told in page(browser.submit(address, **counting)).the("div", id="reached").the("p").text
        )
    )
    assert world.design(experiment) == designs.DEFAULT
    plan = row(0, "or", "plan", "is", "pro")
    assert browser.submit(address, **HALVES, **plan).status_code == 302
    shown = browser.get(f"/projects/{site.project.key}/experiments/{experiment.key}").text
    assert "0 of the 3 visitors of the last 24 hours. Of none of them was known: plan." in shown
