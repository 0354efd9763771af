"""Preview links: what they show, to whom, and until when."""

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.accounts import origins
from app.experiments import creation, designs, lookup, preview_links, redesigns
from app.experiments.creation import Draft
from app.experiments.designs import Design, VariantDesign
from app.experiments.texts import Texts
from app.models import Experiment, KeyType, Status
from app.serving import previews
from tests.serving.site import Site, make_site
from tests.settings import OTHER_SECRET_KEY, SECRET_KEY
from tests.world import COMMAND_LINE, WALKS, World

SHOP = "https://shop.example"
BOLD = Design(
    (VariantDesign("control", 5000, "Plain", "plain"), VariantDesign("b", 5000, "Bold", "bold")),
    traffic_allocation=0,
)
DAY = 24 * 3600


@pytest.fixture
def shop(world: World) -> Site:
    """A site whose pages have a client key and a listed origin."""
    site = make_site(world, KeyType.CLIENT)
    with world.app.app_context():
        origins.replace(site.project.id, [SHOP], COMMAND_LINE)
    return site


def made(site: Site, status: Status = Status.DRAFT, url: str = f"{SHOP}/?a=1#top") -> Experiment:
    """An experiment with two variants and a page, which nobody takes part in."""
    with site.world.app.app_context():
        draft = creation.create(site.project.id, Draft(Texts("Banner", url=url)), COMMAND_LINE)
        redesigns.change(site.project.id, draft.test_id, lambda _: BOLD, COMMAND_LINE)
    site.walk(draft, *WALKS[status])
    return site.world.reload(draft)


def addresses(site: Site, experiment: Experiment) -> list[str | None]:
    """The links to its variants."""
    with site.world.app.app_context():
        found = lookup.by_key(site.project.id, experiment.key)
        links = previews.links(found, designs.current(found.test_id))
        return [each.address for each in links.variants]


def token(site: Site, experiment: Experiment, position: int = 1) -> str:
    """Return what a link says."""
    address = addresses(site, experiment)[position]
    assert address
    return parse_qs(urlsplit(address).query)[previews.PARAMETER][0]


def follow(site: Site, token: str, origin: str = SHOP) -> TestResponse:
    """Ask what a link shows, as the script in a page does."""
    path = f"/preview/v1/{site.token}"
    return site.client.get(path, query_string={"token": token}, headers={"Origin": origin})


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.STOPPED])
def test_a_link_shows_its_variant_and_the_others_whatever_runs(shop: Site, status: Status) -> None:
    experiment = made(shop, status)
    answer = follow(shop, token(shop, experiment))
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert answer.headers["Cache-Control"] == "no-store"
    found = dict(answer.json or {})
    assert found.pop("expires").endswith("Z")
    assert found == {
        "experiment": experiment.key,
        "name": "Banner",
        "variants": [
            {"key": "control", "name": "Plain", "value": "plain"},
            {"key": "b", "name": "Bold", "value": "bold"},
        ],
        "variant": "b",
    }


def test_a_link_leads_to_the_experiments_page_as_it_is_written(shop: Site) -> None:
    experiment = made(shop)
    control, _ = addresses(shop, experiment)
    assert control == f"{SHOP}/?a=1&switchyard_preview={token(shop, experiment, 0)}#top"
    assert addresses(shop, made(shop, url="")) == [None, None]


def test_following_a_link_counts_nothing(shop: Site) -> None:
    experiment = made(shop, Status.RUNNING)
    before = shop.world.execute("SELECT (SELECT count(*) FROM exposure) AS a, version FROM project")
    assert follow(shop, token(shop, experiment)).status_code == 200
    after = shop.world.execute("SELECT (SELECT count(*) FROM exposure) AS a, version FROM project")
    assert after == before


def signed_at(moment: float, secret: str, experiment: Experiment, days: int = 7) -> str:
    """A link that was made at another moment, or by another server."""

    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(moment)

    of_server = URLSafeTimedSerializer(secret, salt=previews.SALT, signer=Signer)
    return str(of_server.dumps([experiment.project_id, experiment.test_id, "b", 0, days]))


@pytest.mark.parametrize(("days", "said"), [(1, "1 day."), (30, "30 days.")])
def test_a_link_ends_after_the_days_that_it_was_made_for(shop: Site, days: int, said: str) -> None:
    experiment, now = made(shop), time.time()
    nearly, over = (
        follow(shop, signed_at(now - seconds, SECRET_KEY, experiment, days))
        for seconds in (days * DAY - 60, days * DAY + 60)
    )
    assert nearly.status_code == 200
    assert (over.status_code, over.json) == (410, {"error": f"This preview link was for {said}"})
    assert over.headers["Access-Control-Allow-Origin"] == SHOP


def test_links_that_were_handed_out_are_taken_back_and_later_ones_work(shop: Site) -> None:
    experiment = made(shop)
    before = token(shop, experiment)
    with shop.world.app.app_context():
        preview_links.take_back(shop.project.id, experiment.test_id, COMMAND_LINE)
    answer = follow(shop, before)
    assert (answer.status_code, answer.json) == (
        410,
        {"error": "This preview link was taken back."},
    )
    assert follow(shop, token(shop, experiment)).status_code == 200


def _archived(site: Site, experiment: Experiment) -> None:
    site.world.archive(experiment)


def _without_b(site: Site, experiment: Experiment) -> None:
    control, bold = BOLD.variants
    other = Design((control, replace(bold, key="c")))
    with site.world.app.app_context():
        redesigns.change(site.project.id, experiment.test_id, lambda _: other, COMMAND_LINE)


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [
        (_archived, "The experiment is archived."),
        (_without_b, "The experiment has no such variant any more."),
    ],
)
def test_a_link_ends_with_what_it_shows(
    shop: Site, ended: Callable[[Site, Experiment], None], sentence: str
) -> None:
    experiment = made(shop)
    link = token(shop, experiment)
    ended(shop, experiment)
    answer = follow(shop, link)
    assert (answer.status_code, answer.json) == (410, {"error": sentence})


def test_a_link_shows_the_values_of_the_moment(shop: Site) -> None:
    experiment = made(shop)
    link = token(shop, experiment)
    control, bold = BOLD.variants
    changed = Design((control, replace(bold, value="bolder")))
    with shop.world.app.app_context():
        redesigns.change(shop.project.id, experiment.test_id, lambda _: changed, COMMAND_LINE)
    assert (follow(shop, link).json or {})["variants"][1]["value"] == "bolder"


def test_what_this_server_has_not_signed_for_this_project_is_no_link(shop: Site) -> None:
    experiment = made(shop)
    good, other = token(shop, experiment), make_site(shop.world, KeyType.CLIENT)
    forged = signed_at(time.time(), OTHER_SECRET_KEY, experiment)
    for link in ("", "x", f"{good}x", forged, token(other, made(other))):
        answer = follow(shop, link)
        assert answer.status_code == 404, link
        assert answer.json == {"error": "This is no preview link of this project."}


def test_only_pages_of_listed_sites_with_a_client_key_may_ask(shop: Site) -> None:
    link = token(shop, made(shop))
    assert follow(shop, link, "https://other.example").status_code == 403
    shop.token = shop.key(KeyType.SERVER)
    assert follow(shop, link).status_code == 401
