"""What is said of a body or a query that cannot be used: the place, plainly, and what was meant."""

import pytest

from app.models import Status
from tests.api.asking import integers_path, names_path, with_key
from tests.world import World

API = "/api/admin/experiments"


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        (
            "PUT",
            f"{API}/<id>/schedule",
            {"stops_at": None},
            "There is no member stops_at here. Did you mean stop_at?",
        ),
        (
            "POST",
            f"{API}/bulk",
            {"ids": [], "status": "running", "dryrun": True},
            "There is no member dryrun here. Did you mean dry_run?",
        ),
        (
            "PATCH",
            f"{API}/<id>",
            {"variants": [{"key": "control"}]},
            "variants.0.weight: is missing.",
        ),
        (
            "PATCH",
            f"{API}/<id>",
            {"variants": [{"key": "control", "wieght": 5000}]},
            "There is no member variants.0.wieght here. Did you mean weight?",
        ),
        (
            "PATCH",
            f"{API}/<id>",
            {"variants": [{"key": "control", "weight": 5000, "Name": "A"}]},
            "There is no member variants.0.Name here. Did you mean name?",
        ),
        (
            "PATCH",
            f"{API}/<id>",
            {"traffic_allocation": "all"},
            "traffic_allocation: has to be a number.",
        ),
        ("PATCH", f"{API}/<id>", {"variants": "two"}, "variants: has to be a list."),
        (
            "PATCH",
            f"{API}/<id>",
            {"goals": [{"key": "sales", "cap": 0}]},
            "goals.0.cap: has to be at least 0.000001.",
        ),
        (
            "PATCH",
            f"{API}/<id>",
            {"goals": [{"key": "sales", "cap": 1e300}]},
            "goals.0.cap: has to be at most 1,000,000,000.",
        ),
        (
            "POST",
            f"{API}/<id>/status",
            {"status": "live"},
            "status: has to be one of draft, running, stopped, archived.",
        ),
        ("POST", API, {"name": "a", "audience": "beta"}, "audience: has to be a list."),
        (
            "POST",
            f"{API}/<id>/status",
            {"Status": "running"},
            "There is no member Status here. Did you mean status?",
        ),
        ("PATCH", f"{API}/<id>", {"status": "running"}, "There is no member status here."),
        (
            "PUT",
            f"{API}/<id>/schedule",
            {"start_at": "2027-01-01T09:00:00"},
            "start_at: needs a time zone, as 2026-01-15T10:30:00Z has.",
        ),
        (
            "POST",
            f"{API}/stop-all/undo",
            {"entries": None, "hold": -1},
            "hold: has to be at least 0.",
        ),
        ("POST", API, [], "body: has to be an object."),
        ("POST", API, {"name": "a", "float": 1}, "There is no member float here."),
        ("GET", f"{API}?int=1", None, "There is no parameter int here."),
        ("POST", API, {"name": 1}, "name: has to be a text."),
        ("GET", f"{API}?lmit=2", None, "There is no parameter lmit here. Did you mean limit?"),
        ("GET", f"{API}?xyz=2", None, "There is no parameter xyz here."),
        ("GET", f"{API}?limit=2&limit=3", None, "limit is given more than once."),
        ("GET", f"{API}?limit=2.0", None, "limit is a whole number from 1 to 500."),
    ],
)
def test_it_names_the_place_and_what_may_have_been_meant(
    world: World, method: str, path: str, body: object, detail: str
) -> None:
    project = world.project()
    path = path.replace("<id>", world.experiment(project).public_id)
    answer = with_key(world, project)(method, path, body)
    assert (answer.status_code, answer.json) == (
        422,
        {"error": "Invalid value", "code": "VALIDATION", "detail": detail},
    )


PAGEVIEW = {"goal_name": "Thanks", "goal_type": "pageview", "goal_value": "/thanks"}


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"targeting": {"devices": ["mobile"]}}, "targeting.devices"),
        ({"targeting.devices": ["mobile"]}, "targeting.devices"),
        ({"page_urls": [{"url": "/a", "rules": "contain"}]}, "page_urls.0.rules"),
        ({"custom_js": "paint()"}, "custom_js"),
        ({"control": {"customCSS": "p {}"}}, "control"),
        ({"variants": [{"name": "Variant 1", "customCSS": "p {}"}]}, "variants.0.customCSS"),
        ({"configuration": {"confidence_interval": 90}}, "configuration.confidence_interval"),
        ({"configuration": {"model_fields": 1, "copy": 0}}, "configuration.model_fields"),
        ({"configuration": {"distribution": [70, 30]}}, "configuration.distribution"),
        ({"traffic_allocation": 5}, "traffic_allocation"),
        ({"distribution": [70, 30]}, "distribution"),
        ({"goals": [{"goal_name": "Paid"}]}, "goals"),
        ({"Variants": [{"name": "Variant 1"}]}, "Variants"),
        ({"variant": [{"name": "Variant 1"}]}, "variant"),
        ({"variatns": [{"name": "Variant 1"}]}, "variatns"),
        ({"traffic": 5}, "traffic"),
        ({"pageUrl": ["https://a.example"]}, "pageUrl"),
        ({"primaryGoalKey": "paid"}, "primaryGoalKey"),
        ({"primary_goal": PAGEVIEW}, "primary_goal.goal_type, primary_goal.goal_value"),
        (
            {"secondary_goals": [{"goal_name": "Paid"}, PAGEVIEW]},
            "secondary_goals.1.goal_type, secondary_goals.1.goal_value",
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [0, 1])
def test_what_says_who_sees_what_is_never_dropped_from_what_goes_live(
    world: World, sent: dict[str, object], named: str, status: int
) -> None:
    project = world.project()
    path = f"/v2/project/{project.key}/create-experiment"
    body = {"test_name": "Banner", "url": "", **sent}
    ask = with_key(world, project)
    answer = ask("POST", path, {**body, "status": status})
    said = f"Create it as a draft (9): {named} would not be heeded."
    assert (answer.status_code, answer.json) == (400, {"error": said})
    assert world.execute("SELECT * FROM experiment") == []
    assert world.execute("SELECT * FROM goal") == []
    answer = ask("POST", path, body)
    assert answer.status_code == 200
    warned = {each["detail"].split()[0] for each in (answer.json or {})["warnings"]}
    assert warned >= set(named.split(", "))


@pytest.mark.parametrize(
    ("nothing", "named"),
    [
        ({"targeting": {"os_rule": None}}, []),
        ({"targeting": {}}, []),
        ({"page_urls": []}, []),
        ({"primary_goal": None}, []),
        ({"configuration": {"distribution": None, "completion_visitor": 0}}, []),
        ({"variants": [{"name": "Variant 1", "data": [], "customJS": ""}]}, []),
        ({"variants": []}, []),
        ({"variant": []}, ["not_understood"]),
        ({"description": "Of the cart", "customer": "shop"}, ["not_understood"] * 2),
    ],
    ids=str,
)
def test_what_is_empty_says_nothing_of_who_sees_what(
    world: World, nothing: dict[str, object], named: list[str]
) -> None:
    project = world.project()
    path = f"/v2/project/{project.key}/create-experiment"
    body = {"test_name": "Banner", "url": "", "status": 1, **nothing}
    answer = with_key(world, project)("POST", path, body)
    warned = [each["code"] for each in (answer.json or {})["warnings"]]
    assert (answer.status_code, warned) == (200, ["no_goal", *named])


def test_a_member_that_is_sent_twice_is_refused(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    client, headers = world.app.test_client(), {"Authorization": f"Bearer {world.key(project)}"}
    sent = b'{"status": "draft", "status": "running"}'
    names = client.post(names_path(experiment), data=sent, headers=headers)
    assert (names.status_code, (names.json or {})["detail"]) == (
        422,
        "status is given more than once.",
    )
    sent = b'{"status": 9, "status": 1}'
    integers = client.patch(integers_path(project, experiment), data=sent, headers=headers)
    assert integers.status_code == 400
    assert world.reload(experiment).status is Status.DRAFT


@pytest.mark.parametrize(
    "parameter",
    ["breakdown_by", "custom_filter", "filter_by", "min_count", "timeframe_days", "tz"],
)
def test_a_result_by_other_numbers_is_not_answered_with_ours(world: World, parameter: str) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING)
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/result"
    answer = with_key(world, project)("GET", f"{path}?{parameter}=browser", None)
    assert (answer.status_code, answer.json) == (
        400,
        {"error": f"The result is not given by {parameter}."},
    )
