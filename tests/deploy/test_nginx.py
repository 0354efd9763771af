"""The nginx of `deploy/`, as it is, before the real server, and before one that tells what came."""

import json
import re
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app.accounts import api_keys
from app.core.config import MAX_BODY_BYTES, MAX_EVENTS_BYTES
from app.models import KeyType, Project, Status
from tests import patient
from tests.conftest import missing
from tests.deploy import proxies
from tests.deploy.proxies import NAME, Proxy
from tests.docs.documents import text_of
from tests.pages.reading import read
from tests.servers import METRICS_TOKEN, Server, serve
from tests.watching import until
from tests.world import COMMAND_LINE, PASSWORD, World

FLAGS = "/ofrep/v1/evaluate/flags"
COLOURS = ("ground", "surface", "ink", "soft", "line", "accent")


class Listener(ThreadingHTTPServer):
    """A server that answers with the headers that came, and counts what came."""

    daemon_threads = True

    def __init__(self) -> None:
        self.requests = 0
        super().__init__(("127.0.0.1", 0), self._tell)

    def _tell(self, *connection: Any) -> "_Told":  # noqa: ANN401 - as the library passes it on
        self.requests += 1
        return _Told(*connection)


class _Told(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = json.dumps(dict(self.headers.items())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - as the library calls it

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture(autouse=True, scope="module")
def _nginx() -> None:
    if not proxies.find_nginx():
        missing(proxies.HOW_TO_GET_NGINX)


@pytest.fixture(scope="module")
def listener() -> Generator[Listener]:
    """Listen behind nginx."""
    with Listener() as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        yield listener
        listener.shutdown()


@pytest.fixture(scope="module")
def before_it(listener: Listener, tmp_path_factory: pytest.TempPathFactory) -> Generator[Proxy]:
    """The nginx before that."""
    upstream = f"127.0.0.1:{listener.server_address[1]}"
    with proxies.proxy(tmp_path_factory.mktemp("nginx"), upstream) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Generator[Proxy]:
    """The nginx before a server that is away."""
    with proxies.proxy(tmp_path_factory.mktemp("nowhere"), "127.0.0.1:9") as proxy:
        yield proxy


def test_what_a_caller_says_of_where_it_comes_from_is_not_believed(before_it: Proxy) -> None:
    lies = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "elsewhere.example"}
    lies |= {"X-Forwarded-Proto": "http", "X_Forwarded_For": "203.0.113.8"}
    with before_it.client() as client:
        arrived = {
            name.lower(): value for name, value in client.get("/", headers=lies).json().items()
        }
    assert arrived["x-forwarded-for"] == "127.0.0.1"
    assert arrived["x-forwarded-proto"] == "https"
    assert arrived["x-forwarded-host"] == arrived["host"] == NAME
    assert "x_forwarded_for" not in arrived


@pytest.mark.skipif(not proxies.has_ipv6(), reason="This machine has IPv6 switched off")
def test_who_comes_by_ipv6_is_known_by_that_address(before_it: Proxy) -> None:
    with before_it.client("::1") as client:
        assert client.get("/").json()["X-Forwarded-For"] == "::1"
    plain = patient.get(f"http://[::1]:{before_it.plain_port}/", headers={"Host": NAME})
    assert plain.status_code == 308


def test_no_caller_names_a_request_as_another(before_it: Proxy) -> None:
    with before_it.client() as client:
        answers = [client.get("/", headers={"X-Request-ID": "deploy-17.a_B"}) for _ in range(2)]
    arrived = [answer.json()["X-Request-ID"] for answer in answers]
    assert len({*arrived, "deploy-17.a_B"}) == 3


def test_whoever_sends_too_many_sign_ins_waits_and_nobody_else(before_it: Proxy) -> None:
    with before_it.client() as client:
        answers = [client.post("/sign-in", data={"email": "a"}) for _ in range(30)]
        assert client.get("/sign-in").status_code == 200
        assert client.post(FLAGS).status_code == 200
    refused = [answer for answer in answers if answer.status_code != 200]
    assert 0 < len(refused) < len(answers)
    assert {answer.status_code for answer in refused} == {429}
    assert {answer.headers["Retry-After"] for answer in refused} == {"10"}
    assert all(is_logged(before_it, answer) for answer in refused)


def test_no_path_passes_in_its_log_for_what_a_line_says_after_it(before_it: Proxy) -> None:
    lie = "/a%20200%20512%20[request%200123456789abcdef0123456789abcdef]"
    with before_it.client() as client:
        answer = client.get(f"{lie}?q=secret")
    line = line_of(before_it, answer.headers["X-Request-ID"])
    assert re.search(r"\] GET (\S+) 200 \d+ \[request \w+\]$", line)
    assert "secret" not in line


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2:{}::1", "2001:db8:1:3::1"),
        ("2001:db8:1:4::{}", "2001:db8:1:5::1"),
        ("2001:db8::{}", "2001:db8:1::1"),
        ("198.51.100.7", "198.51.100.8"),
    ],
)
def test_all_addresses_of_a_network_count_as_one(before_it: Proxy, one: str, other: str) -> None:
    def status(client: httpx.Client, address: str) -> int:
        return client.post("/sign-in", headers={proxies.COMES_FROM: address}).status_code

    with before_it.client() as client:
        statuses = {status(client, one.format(f"{number:x}")) for number in range(1, 31)}
        assert statuses == {200, 429}
        assert status(client, other) == 200


def test_a_body_that_never_ends_reaches_no_server(before_it: Proxy, listener: Listener) -> None:
    begun = listener.requests
    with ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(before_it.connect())
            connection.sendall(half_sent(FLAGS))
        with before_it.client() as client:
            assert client.post(FLAGS, json={}).status_code == 200
        assert listener.requests == begun + 1


AWAY = "The server does not answer at this moment. Try again."
LARGE = "The body is too large."
SHAPES = [
    ("/v2/project/a/create-experiment", lambda said, *_: {"error": said}),
    ("/collect", lambda said, *_: {"error": said}),
    (FLAGS, lambda said, *_: {"errorCode": "GENERAL", "errorDetails": said}),
    ("/api/admin/keys", lambda said, name, code: {"error": name, "code": code, "detail": said}),
]


def test_what_nginx_answers_itself_has_the_shape_of_each_door(nowhere: Proxy) -> None:
    with nowhere.client() as client:
        for path, shape in SHAPES:
            away, large = client.post(path), client.post(path, content=b" " * (2 << 20 | 1))
            assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
            assert away.headers.get_list("Content-Type") == ["application/json"]
            assert away.json() == shape(AWAY, "Unavailable", "UNAVAILABLE")
            assert large.status_code == 413
            assert is_logged(nowhere, away)
            assert is_logged(nowhere, large)
            name = "Request Entity Too Large"
            assert large.json() == shape(LARGE, name, "REQUEST_ENTITY_TOO_LARGE")
        style = client.get("/static/app.css")
        assert style.text == AWAY
        assert style.headers.get_list("Content-Type") == ["text/plain; charset=utf-8"]
        # What nginx takes for no request at all it answers before it looks where that belongs.
        unread = client.get(f"/{'a' * 9000}")
        assert unread.status_code == 414
        assert is_logged(nowhere, unread)


PAGE = "/projects/shop?q=a"
FROM_NGINX = [
    (503, "could not be shown", lambda client: client.get(PAGE)),
    (503, "may or may not have gone through", lambda client: client.post(PAGE)),
    (
        413,
        "Nothing was done",
        lambda client: client.post(PAGE, content=b" " * (MAX_BODY_BYTES + 1)),
    ),
    (400, "cookies", lambda client: client.get(PAGE, headers={"Cookie": f"a={'b' * 9000}"})),
]


@pytest.mark.parametrize(("status", "said", "ask"), FROM_NGINX)
def test_a_browser_gets_a_page_of_nginx_that_leads_back_without_the_server(
    nowhere: Proxy, status: int, said: str, ask: Callable[[httpx.Client], httpx.Response]
) -> None:
    with nowhere.client() as client:
        answer = ask(client)
    assert answer.status_code == status
    assert answer.headers.get_list("Content-Type") == ["text/html; charset=utf-8"]
    page = read(answer.text)
    assert said in page.the("main").every("p")[0].text
    # An empty address is that of the page itself, its query included.
    leading = [link.attributes["href"] for link in page.the("main").every("a")]
    assert leading == ["", "/"]
    assert answer.headers["X-Request-ID"] in page.the("small").text
    assert is_logged(nowhere, answer)
    # Nothing that it would have to ask the server for.
    assert not [*page.every("link"), *page.every("script"), *page.every("img")]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_page_of_nginx_looks_as_the_server_has_it() -> None:
    style, page = text_of("static/app.css"), text_of("deploy/nginx/switchyard.conf")
    both = [re.search(rf"--{name}: light-dark\((\S+), (\S+)\);", style) for name in COLOURS]
    assert all(both)
    for name, found in zip(COLOURS, both, strict=True):
        assert found
        assert re.findall(rf"--{name}: (\S+);", page) == list(found.groups())


@pytest.mark.parametrize(
    ("path", "most"), [("/collect", MAX_EVENTS_BYTES), ("/api/admin/experiments", MAX_BODY_BYTES)]
)
def test_as_large_a_body_as_the_server_takes_reaches_it(
    before_it: Proxy, listener: Listener, path: str, most: int
) -> None:
    begun = listener.requests
    with before_it.client() as client:
        assert client.post(path, content=b" " * most).status_code == 200
        assert client.post(path, content=b" " * (most + 1)).status_code == 413
    assert listener.requests == begun + 1


def test_without_tls_a_browser_is_led_to_it_and_another_name_gets_nothing(before_it: Proxy) -> None:
    asked = f"http://127.0.0.1:{before_it.plain_port}/experiments?q=a"
    answer = patient.get(asked, headers={"Host": NAME})
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://{NAME}/experiments?q=a"
    with pytest.raises(httpx.ConnectError):
        patient.get(f"https://127.0.0.1:{before_it.port}/", verify=False)


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Generator[Server]:
    """The real server, of one process, as it is set up behind a proxy."""
    behind = {"TRUSTED_PROXIES": "1", "OWN_HOSTS": NAME, "API_RATE_LIMIT": "3 per minute"}
    with serve(database_url, tmp_path, workers=1, environment=behind) as server:
        yield server


@pytest.fixture
def proxy(server: Server, tmp_path: Path) -> Generator[Proxy]:
    """The nginx before that."""
    with proxies.proxy(tmp_path, server.address.removeprefix("http://")) as proxy:
        yield proxy


def test_browsers_and_programs_use_the_server_behind_it(
    world: World, server: Server, proxy: Proxy
) -> None:
    project = world.project()
    experiment, email = world.experiment(project, Status.RUNNING), world.user()
    key = {"Authorization": f"Bearer {server_key(world, project)}"}
    asked = {"context": {"targetingKey": "visitor"}}
    with proxy.client() as client, ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(proxy.connect()).sendall(half_sent(FLAGS))
        answer = client.post(f"{FLAGS}/{experiment.key}", headers=key, json=asked)
        assert answer.json()["key"] == experiment.key
        assert len(connections(server)) < 5
        page = client.get("/sign-in")
        token = page.text.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
        form = {"email": email, "password": PASSWORD, "csrf_token": token}
        led = client.post("/sign-in", data=form, headers={"Referer": f"https://{NAME}/sign-in"})
        assert led.status_code == 302
        cookie = led.headers["Set-Cookie"]
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "max-age" in led.headers["Strict-Transport-Security"]
        style = client.get("/static/app.css", headers={"Accept-Encoding": "gzip"})
        assert style.headers["Content-Encoding"] == "gzip"
        # What it holds is secret, and its length would tell of that: not for any nginx around it.
        account = client.get("/account", headers={"Accept-Encoding": "gzip"})
        assert account.status_code == 200
        assert "Content-Encoding" not in account.headers


def test_an_answer_has_one_id_and_it_is_in_both_logs(server: Server, proxy: Proxy) -> None:
    with proxy.client() as client:
        answer = client.get("/account", headers={"X-Request-ID": "deploy-17.a_B"})
    assert is_logged(proxy, answer)
    until(lambda: f"[request {answer.headers['X-Request-ID']}]" in server.log.read_text())


def test_prometheus_reads_what_is_counted_and_nobody_else_does(proxy: Proxy) -> None:
    with proxy.client() as client:
        shown = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        assert "switchyard_connections_allowed" in client.get("/metrics", headers=shown).text
        assert client.get("/metrics").status_code == 401


def is_logged(proxy: Proxy, answer: httpx.Response) -> bool:
    """Return whether an answer has one id, and nginx a line that says it."""
    (request_id,) = answer.headers.get_list("X-Request-ID")
    return f" {answer.status_code} " in line_of(proxy, request_id)


def line_of(proxy: Proxy, request_id: str) -> str:
    """The line of a request in the log of nginx, which comes after its answer."""
    end = f"[request {request_id}]"
    until(lambda: end in proxy.log.read_text())
    return next(line for line in proxy.log.read_text().splitlines() if line.endswith(end))


def test_each_address_has_limits_of_its_own_whatever_it_says_of_itself(proxy: Proxy) -> None:
    def guess(client: httpx.Client, number: int) -> int:
        lie = {"X-Forwarded-For": f"203.0.113.{number}", "X-SDK-Key": "sdk_admin_none"}
        return client.get("/api/admin/experiments", headers=lie).status_code

    with proxy.client() as one, proxy.client("127.0.0.2") as another:
        assert [guess(one, number) for number in range(4)] == [401, 401, 401, 429]
        assert guess(another, 9) == 401


def server_key(world: World, project: Project) -> str:
    """A key of a program that evaluates."""
    with world.app.app_context():
        return api_keys.mint(project.id, KeyType.SERVER, "shop", COMMAND_LINE).token


def half_sent(path: str) -> bytes:
    """The head of a request and the beginning of its body."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n{"
    ).encode()


def connections(server: Server) -> list[object]:
    """Return what is connected to the server now."""
    (worker,) = psutil.Process(server.process.pid).children()
    return [
        each for each in worker.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED
    ]
