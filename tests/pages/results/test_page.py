"""The result of an experiment as a page and as CSV."""

import csv
import io
from dataclasses import replace
from itertools import pairwise

import pytest

from app.experiments.designs import HALVES, Design, GoalUse, VariantDesign
from app.models import GoalRole, Role, Status, now
from app.pages.results.words import period_label
from app.results.days.period import Period
from app.tenancy import projects
from tests.means import Spent, earning, spend
from tests.measured import PURCHASE, Measured, days_ago, golden, noon, planned, started
from tests.pages.reading import Element, errors, page
from tests.world import COMMAND_LINE, World

FULL = Design(
    goals=(
        GoalUse("purchase", GoalRole.PRIMARY),
        GoalUse("signup", GoalRole.SECONDARY),
        GoalUse("complaints", GoalRole.GUARDRAIL),
    )
)
MINUS = "\N{MINUS SIGN}"


def shown(measured: Measured, query: str = "", role: Role = Role.VIEWER) -> Element:
    browser = measured.world.browser(measured.world.member(measured.project, role))
    answer = browser.get(f"{measured.page}{query}")
    assert answer.status_code == 200
    return page(answer)


def sentence(found: Element) -> str:
    return found.the("p", class_="sentence").text


def rows(found: Element, goal: int = 0) -> list[list[str]]:
    """The cells of a goal's table, without its head."""
    body = found.every("table", class_="result")[goal].the("tbody")
    return [
        [cell.text for cell in row.all() if cell.tag in {"th", "td"}] for row in body.every("tr")
    ]


def table(measured: Measured, query: str = "") -> list[dict[str, str]]:
    browser = measured.world.browser(measured.world.member(measured.project, Role.VIEWER))
    answer = browser.get(f"{measured.page}.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_golden_counts_stand_in_the_table(world: World) -> None:
    assert rows(shown(golden(world, world.project()))) == [
        ["Control the original", "1,500", "120", "8.0 %", "—", "—", "—", "—"],
        [
            "Treatment",
            "1,480",
            "148",
            "10.0 %",
            "+25.0 %",
            f"{MINUS}12.4 to +78.3 % p = 0.391",
            f"{MINUS}0.7 to +57.3 % p = 0.056",
            "97 %",
        ],
    ]


def test_only_a_change_of_which_the_range_is_sure_is_in_bold(world: World) -> None:
    measured = started(world, world.project(), FULL)
    measured.come(0, 500, noon(3), purchase=90, signup=2)
    measured.come(1, 500, noon(3), purchase=100, signup=3)
    found = shown(measured)
    bold = [each.text for cell in found.every("td") for each in cell.every("strong")]
    assert (rows(found)[1][4], rows(found, 2)[1][4]) == ("+11.1 %", "+50.0 %")
    assert bold == ["+11.1 %"]


def test_the_sentence_stands_on_top(world: World) -> None:
    found = shown(golden(world, world.project()))
    assert sentence(found).startswith("So far anything from 13 % worse to 79 % better is possible")
    assert found.the("h1").text == "Result of Banner"
    assert found.the("h2", id="verdict").text == "Undecided"


def test_a_draft_says_what_will_appear(world: World) -> None:
    found = shown(planned(world, world.project()))
    assert sentence(found).startswith("Not started yet:")
    promised = found.the("div", class_="empty").text
    assert "visitors, conversions and rate of Control and Treatment" in promised
    assert "“Purchase” decides; the verdict waits for 7 days and 500 visitors" in promised
    assert found.every("table") == found.every("form", class_="period") == []


def test_a_started_experiment_without_visitors_has_no_chart(world: World) -> None:
    found = shown(started(world, world.project()))
    assert sentence(found).startswith("No visitors yet:")
    assert found.every("figure") == []
    assert rows(found)[1] == [
        *("Treatment", "0", "0", "—", "—"),
        *("too few conversions for a range", "—", "—"),
    ]


def test_without_a_primary_goal_it_says_how_to_choose_one(world: World) -> None:
    measured = started(world, world.project(), Design())
    measured.come(0, 30, noon(1))
    measured.come(1, 34, noon(1))
    found = shown(measured)
    assert "pause the experiment and put it back to draft" in sentence(found)
    assert found.every("table", class_="result") == []
    cells = [cell.text for cell in found.the("table", class_="shares").every("td")]
    assert cells == ["30", "50.0 %", "46.9 %", "34", "50.0 %", "53.1 %"]


def test_a_broken_split_is_loud_and_shows_what_was_planned(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 1500, noon(3), purchase=120)
    measured.come(1, 1900, noon(3), purchase=190)
    verdict = shown(measured).the("section", class_="verdict broken")
    assert "Do not trust this result" in verdict.the("p", class_="sentence").text
    cells = [cell.text for cell in verdict.every("td")]
    assert cells == ["1,500", "50.0 %", "44.1 %", "1,900", "50.0 %", "55.9 %"]


def test_goals_of_all_roles_have_their_tables_and_guardrails_a_word(world: World) -> None:
    measured = started(world, world.project(), FULL, less=("complaints",))
    measured.come(0, 3000, noon(3), purchase=240, signup=90, complaints=30)
    measured.come(1, 3000, noon(3), purchase=300, signup=95, complaints=120)
    assert rows(shown(measured), 1)[1][0].startswith("Treatment up to"), "no look at it is kept"
    measured.look()
    found = shown(measured)
    assert [each.text for each in found.every("h3")] == ["Complaints less is better", "Signup"]
    _, harmed = rows(found, 1)
    assert harmed[:5] == ["Treatment harmed", "3,000", "120", "4.0 %", "+300.0 %"]
    assert harmed[-1] == "< 1 %"
    assert rows(found, 2)[1][0] == "Treatment"
    panel = found.the("div", class_="harm").text
    assert panel.startswith("A guardrail suffers Treatment harms “Complaints”: up by at least 84 %")


def test_values_are_shown_where_they_were_sent(world: World) -> None:
    measured = started(world, world.project(), FULL)
    measured.come(0, 500, noon(3), 24.5, purchase=40)
    measured.come(1, 500, noon(3), purchase=50, signup=3)
    purchase, signup = rows(shown(measured)), rows(shown(measured), 2)
    assert purchase[0][4] == "980.00 1.96 a visitor"
    assert purchase[1][4] == "0.00 0.00 a visitor"
    assert len(signup[0]) == len(purchase[0]) - 1


def test_the_chart_names_each_line_and_says_in_words_what_it_shows(world: World) -> None:
    found = shown(golden(world, world.project()))
    drawing = found.the("svg", role="img")
    labels = [text.text for text in drawing.every("text", class_="label")]
    assert labels == ["Control 8.0 %", "Treatment 10.0 %"]
    description = found.the("desc", id=drawing.attributes["aria-describedby"]).text
    assert "Control ends at 8.0 %, 6.7 % to 9.5 %." in description
    assert "Treatment ends at 10.0 %, 8.6 % to 11.6 %." in description
    name = found.the("h2", id=drawing.attributes["aria-labelledby"])
    assert name.text == "Purchase: conversion rate, day by day"


def test_lines_are_told_apart_without_colour(world: World) -> None:
    drawing = shown(golden(world, world.project())).the("svg", role="img")
    dashes = [
        each.attributes["stroke-dasharray"] for each in drawing.every("polyline", class_="line")
    ]
    shapes = {each.attributes["d"] for each in drawing.every("path", class_="mark")}
    assert len(set(dashes)) == len(shapes) == 2


def test_the_numbers_behind_the_chart_are_a_table(world: World) -> None:
    found = shown(golden(world, world.project()))
    days = found.the("details").the("table").the("tbody").every("tr")
    assert len(days) == 15
    assert [cell.text for cell in days[-1].every("td")] == [
        "8.0 % 6.7 % to 9.5 % 120 of 1,500",
        "10.0 % 8.6 % to 11.6 % 148 of 1,480",
    ]
    assert [cell.text for cell in days[0].every("td")] == ["no visitors yet 0 of 0"] * 2


def test_pauses_are_shaded_labelled_and_listed(world: World) -> None:
    measured = started(world, world.project(), days=20)
    measured.come(0, 50, noon(18), purchase=5)
    measured.turn(Status.STOPPED, noon(15))
    measured.turn(Status.RUNNING, noon(11))
    found = shown(measured)
    (shade,) = found.every("rect", class_="pause")
    assert float(shade.attributes["width"]) > 100
    assert "paused" in [text.text for text in found.every("text", class_="tick")]
    assert f"{noon(15):%-d %b %Y}, 12:00" in found.the("figcaption").text


def test_earlier_runs_can_be_chosen(world: World) -> None:
    measured = started(world, world.project(), days=20)
    measured.come(0, 60, noon(15), purchase=6)
    measured.turn(Status.STOPPED, noon(12))
    measured.turn(Status.DRAFT, noon(11))
    measured.open(noon(5))
    measured.come(0, 7, noon(3), purchase=1)
    found = shown(measured)
    options = found.the("select").every("option")
    assert [option.text.split(",")[0] for option in options] == ["Run 2", "Run 1"]
    assert "selected" in options[0].attributes
    assert rows(found)[0][1] == "7"
    assert rows(shown(measured, "?run=1"))[0][1] == "60"
    assert f"to {noon(12):%-d %b %Y}" in options[1].text


def test_some_days_can_be_chosen_and_all_days_again(world: World) -> None:
    measured = golden(world, world.project())
    day = noon(9).date().isoformat()
    found = shown(measured, f"?from={day}&to={day}")
    assert [row[1] for row in rows(found)] == ["0", "1,480"]
    form = found.the("form", class_="period")
    assert form.the("input", name="from").attributes["value"] == day
    links = {link.text: link.attributes["href"] for link in form.every("a")}
    assert links == {
        "All days": f"{measured.page}?run=1",
        "Download CSV": f"{measured.page}.csv?run=1&from={day}&to={day}",
    }


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("from=2026-02-30&to=2026-03-01", {"from": "from takes a day, written as 2026-03-31."}),
        ("from=2026-03-02&to=2026-03-01", {"to": "The last day is earlier than the first."}),
    ],
)
def test_days_that_cannot_be_used_are_said_to_be_and_lose_nothing(
    world: World, query: str, wrong: dict[str, str]
) -> None:
    measured = golden(world, world.project())
    answer = world.browser(world.member(measured.project)).get(f"{measured.page}?{query}")
    assert answer.status_code == 400
    assert errors(answer) == wrong
    found = page(answer)
    assert found.the("input", name="to").attributes["value"] == "2026-03-01"
    assert rows(found)[1][1] == "1,480"
    assert (
        world.browser(world.member(measured.project))
        .get(f"{measured.page}.csv?{query}")
        .status_code
        == 400
    )


@pytest.mark.parametrize("run", ["2", "0", "one", "99999999999999"])
def test_a_run_that_there_is_not_is_not_found(world: World, run: str) -> None:
    measured = started(world, world.project())
    browser = world.browser(world.member(measured.project))
    assert browser.get(f"{measured.page}?run={run}").status_code == 404
    assert browser.get(f"{measured.page}.csv?run={run}").status_code == 404


def test_twenty_variants_have_labels_that_do_not_overlap(world: World) -> None:
    variants = tuple(
        VariantDesign(f"v{number}", 500, f"A rather long name, number {number}")
        for number in range(20)
    )
    measured = started(world, world.project(), replace(PURCHASE, variants=variants))
    for position in range(20):
        measured.come(position, 50, noon(2), purchase=5)
        measured.come(position, 50, noon(1), purchase=5)
    drawing = shown(measured).the("svg", role="img")
    places = sorted(float(each.attributes["y"]) for each in drawing.every("text", class_="label"))
    assert len(places) == 20
    assert min(b - a for a, b in pairwise(places)) >= 17.9
    styles = {
        (mark.attributes["d"], line.attributes["stroke-dasharray"])
        for group in drawing.every("g")
        for line in group.every("polyline", class_="line")[:1]
        for mark in group.every("path", class_="mark")[:1]
        if len(group.every("polyline")) == 1
    }
    assert len(styles) == 20


def test_a_single_day_has_its_lines_beside_each_other(world: World) -> None:
    measured = started(world, world.project(), days=0.001)
    for position in (0, 1):
        measured.come(position, 50, now(), purchase=10)
    drawing = shown(measured).the("svg", role="img")
    points = {line.attributes["points"] for line in drawing.every("polyline", class_="line")}
    assert len(points) == 2
    assert len(drawing.every("path", class_="bar")) == 2


def test_the_csv_has_a_row_for_each_day_variant_and_goal(world: World) -> None:
    measured = started(world, world.project(), FULL, days=3)
    measured.come(0, 20, noon(2), 1.5, purchase=2)
    measured.come(1, 30, noon(1), signup=3)
    lines = table(measured)
    assert len(lines) == 4 * 2 * 3
    assert lines[6] == {
        "day": noon(2).date().isoformat(),
        "run": "1",
        "variant": "control",
        "variant_name": "Control",
        "weight": "5000",
        "goal": "purchase",
        "goal_name": "Purchase",
        "role": "primary",
        "visitors": "20",
        "conversions": "2",
        "total_value": "3.0",
        "kind": "conversion",
        "cohort": "counted",
        "events": "2",
        "measured": "0.0",
        "squares": "0.0",
    }
    (signups,) = [line for line in lines if line["conversions"] == "3"]
    assert (signups["goal"], signups["variant"], signups["visitors"]) == (
        "signup",
        "treatment",
        "30",
    )


def test_the_csv_is_named_after_the_run_and_encoded_for_spreadsheets(world: World) -> None:
    measured = golden(world, world.project())
    answer = world.browser(world.member(measured.project)).get(f"{measured.page}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=banner-run-1.csv"
    assert answer.data.startswith(b'\xef\xbb\xbf"day","run","variant",')


@pytest.mark.parametrize("name", ['=HYPERLINK("//evil")', "+1", "-2+3", "@SUM(A1)"])
def test_no_name_is_computed_by_a_spreadsheet(world: World, name: str) -> None:
    control, treatment = HALVES
    design = replace(PURCHASE, variants=(control, replace(treatment, name=name)))
    measured = started(world, world.project(), design, days=0.001)
    assert {line["variant_name"] for line in table(measured)} == {"Control", f"'{name}"}


def test_the_csv_keeps_names_of_any_script(world: World) -> None:
    control, treatment = HALVES
    name = 'Größe "XL", 大きい'
    design = replace(PURCHASE, variants=(control, replace(treatment, name=name)))
    measured = started(world, world.project(), design, days=0.001)
    assert table(measured)[1]["variant_name"] == name


def test_the_csv_of_a_draft_is_its_head_alone_and_without_goals_counts_visitors(
    world: World,
) -> None:
    project = world.project()
    assert table(planned(world, project)) == []
    measured = started(world, project, Design(), name="Aimless", days=1)
    measured.come(1, 4, noon(1))
    assert [line["visitors"] for line in table(measured)] == ["0", "4", "0", "0"]
    assert {line["goal"] for line in table(measured)} == {""}


def test_the_csv_takes_the_same_days_and_runs(world: World) -> None:
    measured = golden(world, world.project())
    day = noon(9).date().isoformat()
    lines = table(measured, f"?run=1&from={day}&to={day}")
    assert [line["visitors"] for line in lines] == ["0", "1480"]


def test_names_are_shown_as_they_are_and_never_as_markup(world: World) -> None:
    control, treatment = HALVES
    name = "<b>Bold</b> & “co”"
    design = replace(PURCHASE, variants=(control, replace(treatment, name=name)))
    measured = started(world, world.project(), design)
    for position in (0, 1):
        measured.come(position, 600, noon(2), purchase=60)
    found = shown(measured)
    assert name in sentence(found)
    assert rows(found)[1][0] == name
    assert found.every("b") == []


def test_ids_are_given_once_and_nothing_is_inline(world: World) -> None:
    found = shown(golden(world, world.project()))
    ids = [each.attributes["id"] for each in found.all() if "id" in each.attributes]
    assert sorted(ids) == sorted(set(ids))
    for each in found.all():
        assert "style" not in each.attributes
        for name in ("for", "aria-describedby", "aria-labelledby"):
            assert set(each.attributes.get(name, "").split()) <= set(ids)


def test_a_result_is_of_the_days_of_its_runs_time_zone(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        projects.set_time_zone(project.id, "Pacific/Kiritimati", COMMAND_LINE)
    measured = planned(world, project)
    measured.open(noon(4))
    measured.come(1, 30, noon(3))
    measured.turn(Status.STOPPED, noon(2))
    # At noon in UTC it is two in the next night there.
    days = period_label(Period(noon(3).date(), noon(1).date()))
    facts = shown(measured).the("dl").text
    assert f"{days} on which visitors first came, by the clock of Pacific/Kiritimati" in facts
    first = noon(3).date()
    assert rows(shown(measured, f"?from={first}&to={first}"))[1][1] == "30"
    nowhere = shown(measured, f"?from={noon(4).date()}&to={noon(4).date()}")
    assert "none of this run" in nowhere.the("dl").text


def test_a_stopped_run_ends_on_the_day_it_was_stopped(world: World) -> None:
    measured = golden(world, world.project())
    measured.turn(Status.STOPPED, days_ago(2))
    found = shown(measured)
    assert found.the("dl").text.endswith("visitors first came, by the clock of UTC")
    assert f"to {days_ago(2):%-d %b %Y}" in found.the("dl").text
    assert "Go on." not in sentence(found)


def test_money_is_shown_a_visitor_with_its_orders_its_cap_and_who_does_not_count(
    world: World,
) -> None:
    measured, goal_id = earning(world, world.project(), window=7, days=30)
    spend(measured, goal_id, 0, 20, Spent(10_000, [20.0]))
    spend(measured, goal_id, 1, 20, Spent(10_000, [*[50.0] * 300, 900.0], orders=2))
    spend(measured, goal_id, 1, 2, Spent(90, [50.0]))
    found = shown(measured)
    assert rows(found)[0][:5] == [
        "Control the original",
        "10,000",
        "1 0.010 %",
        "0.0020",
        "20.00 each 0.00010 a visitor",
    ]
    assert rows(found)[1][3] == "1.55"
    said = found.text
    assert "20,000 visitors count; 90 are still within their 7 days." in said
    assert "One visitor counts for 500.00 EUR at most, by the design" in said
    assert "15,520.00 EUR count, and 400.00 EUR above that do not." in said
    assert "Revenue: revenue a visitor, day by day" in said
