"""Who takes part, by the pages and countries of the contract of integers."""

from typing import Any

import pytest

from app.experiments.audiences import conditions
from app.experiments.audiences.conditions import Audience
from app.experiments.designs import Design
from app.models import Project, Status
from tests.api.asking import Ask, with_key
from tests.serving.site import Site, make_site
from tests.world import World

PAGES: list[Any] = [
    "https://shop.example/cart",
    {"url": "/product/", "rule": "contain"},
    {"url": "^https://shop.example/sale.*", "rule": "regex"},
    {"url": "https://shop.example/product/1", "rule": "exact", "allowed": False},
]
SHOWN = [
    {"url": "https://shop.example/cart", "rule": "simple", "allowed": True},
    {"url": "/product/", "rule": "contain", "allowed": True},
    {"url": "^https://shop.example/sale.*", "rule": "regex", "allowed": True},
    {"url": "https://shop.example/product/1", "rule": "exact", "allowed": False},
]
COUNTRIES = [{"code": "de", "rule": "whitelist"}, {"code": "AT", "rule": "whitelist"}]


def create(ask: Ask, project: Project, **members: object) -> Any:  # noqa: ANN401
    """The answer to the creation of a live experiment."""
    body = {"test_name": "Banner", "url": "", "status": 1, **members}
    return ask("POST", f"/v2/project/{project.key}/create-experiment", body)


def shown(ask: Ask, project: Project, test_id: int) -> dict[str, Any]:
    """The experiment, as it is shown."""
    answer = ask("GET", f"/v2/project/{project.key}/experiment/{test_id}", None)
    return (answer.json or {})["experiment"]


def sees(site: Site, **known: object) -> bool:
    """Return whether a visitor of whom this is known takes part."""
    context = {"targetingKey": "visitor-1", **known}
    answer = site.ask_all("visitor-1", json={"context": context})
    return bool((answer.json or {})["flags"])


def test_pages_and_countries_say_who_takes_part_and_are_read_again(world: World) -> None:
    site = make_site(world)
    ask = with_key(world, site.project)
    made = create(ask, site.project, page_urls=PAGES, targeting={"allowed_country": COUNTRIES})
    assert made.status_code == 200, made.json
    assert [each["code"] for each in made.json["warnings"]] == ["no_goal"]
    found = shown(ask, site.project, made.json["test_id"])
    assert sorted(found["page_urls"], key=str) == sorted(SHOWN, key=str)
    assert found["targeting"] == {
        "allowed_country": [{**each, "code": each["code"].upper()} for each in COUNTRIES]
    }
    shop = "https://shop.example"
    assert sees(site, page=f"{shop}/cart?step=2", country="DE")
    assert sees(site, page=f"{shop}/product/2", country="AT")
    assert sees(site, page=f"{shop}/sales", country="AT")
    assert not sees(site, page=f"{shop}/cart", country="FR")
    assert not sees(site, page=f"{shop}/about", country="DE")
    assert not sees(site, page=f"{shop}/product/1", country="DE")


def test_what_is_sent_of_one_leaves_the_other(world: World) -> None:
    project = world.project()
    ask = with_key(world, project)
    made = create(ask, project, status=9, page_urls=PAGES)
    test_id = made.json["test_id"]
    path = f"/v2/project/{project.key}/experiment/{test_id}"
    banned = {"allowed_country": [{"code": "US", "rule": "blacklist"}]}
    assert ask("PATCH", path, {"targeting": banned}).status_code == 200
    assert shown(ask, project, test_id)["targeting"] == banned
    assert ask("PATCH", path, {"page_urls": ["https://a.example/"]}).status_code == 200
    found = shown(ask, project, test_id)
    assert (found["targeting"], len(found["page_urls"])) == (banned, 1)
    assert ask("PATCH", path, {"page_urls": [], "targeting": {"allowed_country": []}})
    assert shown(ask, project, test_id)["audience"] == []


PHONES: Audience = conditions.read(
    [[{"attribute": "device", "operator": "is", "values": ["mobile"]}]]
)


def test_what_it_has_no_words_for_is_shown_whole_in_ours(world: World) -> None:
    site = make_site(world)
    experiment = site.experiment(Design(audience=PHONES))
    found = shown(with_key(world, site.project), site.project, experiment.test_id)
    assert (found["page_urls"], found["targeting"]) == ([], {"allowed_country": []})
    assert found["audience"] == conditions.written(PHONES)


PAGE_OR_PHONES: Audience = (
    *conditions.read([[{"attribute": "page", "operator": "contains", "values": ["/a"]}]]),
    *PHONES,
)


def test_another_way_to_take_part_is_not_lost_with_a_change_of_pages(world: World) -> None:
    site = make_site(world)
    draft = site.experiment(Design(audience=PAGE_OR_PHONES), Status.DRAFT)
    ask = with_key(world, site.project)
    path = f"/v2/project/{site.project.key}/experiment/{draft.test_id}"
    answer = ask("PATCH", path, {"page_urls": ["https://a.example/"]})
    assert answer.status_code == 400
    assert "other ways to take part than by page" in (answer.json or {})["error"]
    assert world.design(draft).audience == PAGE_OR_PHONES


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"page_urls": ["https://a.example/*"]}, 'A * is for "rule": "regex" alone'),
        ({"page_urls": [{"url": "/", "rule": "glob"}]}, "page_urls.0.rule"),
        ({"page_urls": [{"url": "(", "rule": "regex"}]}, "This is no regular expression"),
        ({"page_urls": ["/a"] * 51}, "page_urls"),
        ({"page_urls": [5]}, "page_urls.0"),
        ({"targeting": {"allowed_country": [{"code": "DEU"}]}}, "targeting.allowed_country.0.code"),
        ({"targeting": {"allowed_country": [{"code": "UK"}]}}, "GB for the United Kingdom, not UK"),
        ({"targeting": []}, "targeting: has to be an object."),
    ],
    ids=str,
)
def test_what_cannot_be_is_400_and_creates_nothing(
    world: World, members: dict[str, object], fault: str
) -> None:
    project = world.project()
    made = create(with_key(world, project), project, **members)
    assert made.status_code == 400
    assert fault in made.json["error"]
    assert world.execute("SELECT * FROM experiment") == []
