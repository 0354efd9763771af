"""The names that a server goes by: where they are listed, it answers to no other."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import MakeApp
from tests.pages.reading import page
from tests.serving.site import FLAGS
from tests.world import World

SAID = "This server has no such name. Its operator lists its names in OWN_HOSTS."
FOREIGN = ["evil.example", "shop.example.evil.example", "evil.example:443"]


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    """A client of a server with two names."""
    return make_app(OWN_HOSTS="shop.example, www.shop.example").test_client()


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_refused_in_each_doors_shape(client: FlaskClient, host: str) -> None:
    headers = {"Host": host}
    answers = {
        path: client.open(path, method=method, headers=headers)
        for method, path in (
            ("GET", "/v2/project/a/experiments"),
            ("GET", "/api/admin/experiments"),
            ("POST", FLAGS),
            ("POST", "/collect"),
            ("GET", "/sign-in"),
            ("GET", "/static/app.css"),
        )
    }
    assert {answer.status_code for answer in answers.values()} == {400}
    integers, names, flags, collect, page_, static = answers.values()
    assert integers.json == collect.json == {"error": SAID}
    assert names.json == {"error": "Bad Request", "code": "BAD_REQUEST", "detail": SAID}
    assert (flags.json or {})["errorDetails"] == SAID
    assert page_.text == static.text == SAID


@pytest.mark.parametrize(
    "host",
    [
        "shop.example",
        "www.shop.example",
        "shop.example:8443",
        "SHOP.Example",
        "shop.example.",
        "Shop.Example.:8443",
        "127.0.0.1:8000",
        "localhost",
    ],
)
def test_its_own_names_and_the_machines_for_itself_are_answered(
    client: FlaskClient, host: str
) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("settings", "host", "is_asked_to_check"),
    [
        ({}, "localhost:8000", False),
        ({}, "evil.example", True),
        ({"OWN_HOSTS": "shop.example"}, "shop.example", False),
    ],
)
def test_texts_to_copy_say_when_their_address_is_only_the_one_asked_for(
    make_app: MakeApp,
    settings: dict[str, str],
    host: str,
    is_asked_to_check: bool,  # noqa: FBT001
) -> None:
    world = World(make_app(**settings))
    project = world.project()
    browser = world.browser(world.member(project))
    cookie = browser.client.get_cookie("switchyard")
    assert cookie
    client = world.app.test_client(use_cookies=False)
    headers = {"Host": host, "Cookie": f"switchyard={cookie.value}"}
    shown = page(client.get(f"/projects/{project.key}/install", headers=headers))
    copied = "".join(str(each) for each in shown.the("textarea", id="curl").inside)
    assert f"http://{host}/collect" in copied
    assert ("OWN_HOSTS" in shown.text) is is_asked_to_check


def test_behind_a_trusted_proxy_it_is_the_name_that_the_browser_asked_for(
    make_app: MakeApp,
) -> None:
    client = make_app(OWN_HOSTS="shop.example", TRUSTED_PROXIES="1").test_client()
    headers = {"Host": "shop.example", "X-Forwarded-Host": "evil.example"}
    assert client.get("/sign-in", headers=headers).status_code == 400
    headers = {"Host": "backend", "X-Forwarded-Host": "SHOP.example"}
    assert client.get("/sign-in", headers=headers).status_code == 200
