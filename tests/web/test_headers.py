"""Headers that every answer carries, and the cookie of a session."""

from werkzeug.test import TestResponse

from app.models import Role
from tests.conftest import MakeApp
from tests.world import Browser, World

TLS = {"X-Forwarded-Proto": "https", "Referer": "https://localhost/"}


def answers(world: World) -> dict[str, TestResponse]:
    """One answer of each kind."""
    project = world.project()
    browser = world.browser(world.member(project, Role.VIEWER))
    path = f"/projects/{project.key}"
    tag = browser.get(path).headers["ETag"]
    list_path = f"/v2/project/{project.key}/experiments"
    return {
        "page": browser.get(path),
        "fragment": browser.get(path, HX_Request="true"),
        "not modified": browser.get(path, HX_Request="true", If_None_Match=tag),
        "redirect": world.browser().get("/"),
        "sign-in page": world.browser().get("/sign-in"),
        "page not found": browser.get("/none"),
        "page forbidden": browser.get(f"{path}/keys"),
        "page with a wrong method": browser.client.delete("/sign-in"),
        "json": browser.get(list_path),
        "json unauthorized": world.browser().get(list_path),
        "json not found": browser.get("/v2/none"),
        "json with a wrong method": browser.client.delete(list_path),
        "static": browser.client.get("/static/app.css", buffered=True),
        "static not found": browser.get("/static/none.css"),
        "options": browser.client.options("/sign-in"),
    }


CODES = {
    "page": 200,
    "fragment": 200,
    "not modified": 304,
    "redirect": 302,
    "sign-in page": 200,
    "page not found": 404,
    "page forbidden": 403,
    "page with a wrong method": 405,
    "json": 200,
    "json unauthorized": 401,
    "json not found": 404,
    "json with a wrong method": 405,
    "static": 200,
    "static not found": 404,
    "options": 200,
}


def crashed(world: World) -> TestResponse:
    browser = world.browser(world.user())
    world.execute("ALTER TABLE membership RENAME TO gone")
    return browser.get("/")


def policy(answer: TestResponse) -> dict[str, list[str]]:
    (text,) = answer.headers.getlist("Content-Security-Policy")
    return {name: sources for name, *sources in (part.split() for part in text.split(";"))}


def test_every_kind_of_answer_has_the_headers_once(world: World) -> None:
    given = answers(world)
    assert {name: answer.status_code for name, answer in given.items()} == CODES
    for name, answer in {**given, "crash": crashed(world)}.items():
        assert policy(answer)["default-src"] == ["'none'"], name
        for header, value in (
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ):
            assert answer.headers.getlist(header) == [value], (name, header)
        assert len(answer.headers.getlist("Permissions-Policy")) == 1, name
        assert "Strict-Transport-Security" not in answer.headers, name


def test_the_content_policy_allows_nothing_inline_and_nobody_else(world: World) -> None:
    found = policy(world.browser().get("/sign-in"))
    assert found["script-src"] == found["style-src"] == found["connect-src"] == ["'self'"]
    assert found["frame-ancestors"] == found["base-uri"] == ["'none'"]
    assert found["form-action"] == ["'self'"]
    every_source = {source for sources in found.values() for source in sources}
    assert every_source <= {"'self'", "'none'", "data:"}
    assert "data:" not in found["script-src"]


def test_nothing_but_static_files_is_kept_by_caches(world: World) -> None:
    for name, answer in answers(world).items():
        if not name.startswith("static"):
            assert "no-store" in answer.headers.get("Cache-Control", ""), name
    missing = world.browser().get("/static/none.css")
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")


def test_what_is_answered_to_a_key_does_not_depend_on_a_session(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path, key = f"/v2/project/{project.key}/experiments", world.key(project)
    assert browser.get(path).headers["Vary"] == "Cookie"
    assert "Vary" not in browser.get(path, Authorization=f"Bearer {key}").headers


def test_a_page_and_its_304_depend_on_the_same(world: World) -> None:
    given = answers(world)
    named = ("page", "fragment", "not modified")
    assert {given[name].headers["Vary"] for name in named} == {"HX-Request, Cookie"}


def cookies(answer: TestResponse) -> dict[str, set[str]]:
    """The attributes of each cookie, by its name."""
    found = {}
    for header in answer.headers.getlist("Set-Cookie"):
        pair, *attributes = (part.strip() for part in header.split(";"))
        found[pair.partition("=")[0]] = {
            each.split("=")[0] if "Expires" in each else each for each in attributes
        }
    return found


def signed_in(world: World, headers: dict[str, str]) -> TestResponse:
    email = world.user()
    browser = Browser(world.app.test_client())
    html = browser.client.get("/sign-in", headers=headers).get_data(as_text=True)
    token = html.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
    form = {"email": email, "password": "correct horse", "csrf_token": token}
    answer = browser.client.post("/sign-in", data=form, headers=headers)
    assert answer.status_code == 302
    return answer


def test_cookies_are_http_only_and_same_site(world: World) -> None:
    answer = signed_in(world, {})
    kept = {"HttpOnly", "SameSite=Lax", "Expires"}
    assert cookies(answer) == {
        "switchyard": {*kept, "Path=/"},
        "switchyard_device": {*kept, "Path=/sign-in", "Max-Age=31536000"},
    }


def test_behind_tls_cookies_are_secure_and_transport_security_is_strict(
    make_app: MakeApp,
) -> None:
    answer = signed_in(World(make_app(TRUSTED_PROXIES="1")), TLS)
    assert all("Secure" in attributes for attributes in cookies(answer).values())
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_forwarded_protocol_is_not_believed_without_a_trusted_proxy(world: World) -> None:
    answer = signed_in(world, TLS)
    assert not any("Secure" in attributes for attributes in cookies(answer).values())
    assert "Strict-Transport-Security" not in answer.headers


def test_an_answer_to_a_key_sets_no_cookie(world: World) -> None:
    project = world.project()
    headers = {"x-api-key": world.key(project)}
    answer = world.app.test_client().get(f"/v2/project/{project.key}/experiments", headers=headers)
    assert "Set-Cookie" not in answer.headers
