"""The files of `deploy/`, held to the application, to each other, and tried without Docker."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from app import create_app
from app.core import config
from app.core.settings import SetUp
from app.pages.common.words import standstill_words, stream_words
from tests import patient
from tests.conftest import missing
from tests.deploy import files, proxies
from tests.deploy.files import DEPLOY, HOME, ROOT, UNITS
from tests.docs.documents import commands, text_of
from tests.servers import SECONDS_TO_BEGIN
from tests.settings import SECRET_KEY
from tests.watching import until

# What a file of settings holds for others than the application.
FOR_OTHERS = {"POSTGRES_PASSWORD"}
# What an operator makes beside the files of `deploy/`.
OF_OPERATOR = {"./settings.env", "./server-name.conf", "./tls"}
COMPOSE = files.compose()
SERVICES = COMPOSE["services"]
WITH_SYSTEMD = [f"docs/how-to/{each}.md" for each in ("production", "backup", "upgrade")]
OURS = {name: each for name, each in SERVICES.items() if "build" in each}


def test_every_setting_that_is_set_is_one_that_the_application_knows() -> None:
    in_image = dict(
        each.split("=", 1) for line in files.instructions("ENV") for each in line.split()
    )
    of_python = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "FLASK_APP"}
    named = set(files.example_settings()) | (set(in_image) - of_python)
    for service in OURS.values():
        named |= set(service["environment"])
    assert named - FOR_OTHERS <= files.settings()


def test_what_compose_asks_for_is_in_the_example_of_the_settings() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked
    assert asked <= set(files.example_settings())


def test_what_compose_names_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        for mounted in service.get("volumes", []):
            source = mounted.split(":")[0]
            is_there = source in OF_OPERATOR or (DEPLOY / source).exists()
            assert is_there if source.startswith(".") else source in COMPOSE["volumes"]
    for service in OURS.values():
        build = service["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_an_operator_who_has_set_up_containers_has_changed_nothing_of_gits() -> None:
    begun = files.typed("docs/how-to/production.md", "With containers")
    made = [line.split()[-1] for line in begun if line.startswith("install ")]
    assert {f"./{each}" for each in made} == OF_OPERATOR
    ignored = [each.rstrip("/") for each in text_of(".gitignore").splitlines()]
    assert {f"deploy/{each}" for each in made} <= set(ignored)
    mounted = [each.split(":")[0] for each in SERVICES["proxy"]["volumes"]]
    read = [f"./{service['env_file']}" for service in OURS.values()]
    assert {*mounted, *read} >= OF_OPERATOR


def test_nginx_of_compose_finds_the_server() -> None:
    upstream = (DEPLOY / "nginx/upstream-compose.conf").read_text()
    (host, port), *others = re.findall(r"server ([\d.]+):(\d+);", upstream)
    (inside,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    assert not others
    assert SERVICES["server"]["networks"]["inside"]["ipv4_address"] == host
    assert IPv4Address(host) in IPv4Network(inside["subnet"])
    # Otherwise another container may have been given it before.
    assert IPv4Address(host) not in IPv4Network(inside["ip_range"])
    assert IPv4Network(inside["ip_range"]).subnet_of(IPv4Network(inside["subnet"]))
    assert [port] == files.instructions("EXPOSE")
    assert port == files.command()[files.command().index("--port") + 1]


def test_what_is_typed_for_containers_is_run_where_it_can_be(tmp_path: Path) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY}, tmp_path)
    typed = files.typed_for_containers()
    assert {"up", "exec", "run"} <= {verb for verb, *_ in typed}
    for verb, *words in typed:
        named = [each for each in words if not each.startswith("-")]
        if verb == "run":
            # A second container of one that has a fixed address cannot start beside it.
            assert "ipv4_address" not in str(SERVICES[named[0]]["networks"])
        if verb == "exec":
            assert SERVICES[named[0]]["restart"] == "unless-stopped"
        if verb in {"exec", "run"} and named[1:2] == ["flask"]:
            assert named[2] in {*app.cli.commands, "db"}


def test_what_is_typed_with_systemd_is_run_where_it_can_be(tmp_path: Path) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY}, tmp_path)
    runs = re.compile(r"(?:switchyard|.*/flask --app wsgi) (\S+)(.*)")
    found = [
        runs.fullmatch(line) for each in WITH_SYSTEMD for line in files.typed(each, "With systemd")
    ]
    asked = [(each[1], each[2]) for each in found if each]
    assert {"backup", "restore", "user"} <= {name for name, _ in asked}
    assert {name for name, _ in asked} <= {*app.cli.commands, "db"}
    # Its user may write nowhere else.
    kept = [rest.split()[0] for name, rest in asked if name in {"backup", "restore"}]
    assert all(each.startswith("instance/") for each in kept)


def test_an_upgrade_brings_anew_what_was_copied_with_systemd() -> None:
    begun, upgraded = (files.typed(each, "With systemd") for each in WITH_SYSTEMD[::2])
    copied = [line for line in begun if " deploy/" in line and ".example" not in line]
    assert len(copied) == 4
    assert [line for line in upgraded if line in copied] == copied
    assert upgraded.index("systemctl daemon-reload") > upgraded.index(copied[-1])


def test_the_image_makes_backups_of_the_database_of_compose() -> None:
    (major,) = re.findall(r"^postgres:(\d+)-", SERVICES["database"]["image"])
    installed = next(each for each in files.instructions("RUN") if "apt-get install" in each)
    assert re.findall(r" postgresql-client-(\S+)", installed) == [major]
    # Debian has one major version in each of its own.
    assert {"15": "bookworm", "17": "trixie"}[major] in files.instructions("ARG")[0]


def test_what_containers_write_is_on_volumes() -> None:
    kept = {f"{HOME}/{name}" for name in ("instance", "backups")}
    assert set(files.instructions("VOLUME")[0].split()) == kept
    for service in OURS.values():
        assert service["read_only"]
        assert {each.split(":")[1] for each in service["volumes"]} == kept


def test_a_server_is_started_alike_everywhere(unit_of_server: Mapping[str, str]) -> None:
    in_document = next(each for each in commands("docs/how-to/production.md") if "granian" in each)
    assert files.of_server(files.command()) == files.of_server(shlex.split(in_document))
    assert files.of_server(files.command()) == files.of_server(
        shlex.split(unit_of_server["ExecStart"])
    )


def test_a_stop_leaves_a_server_the_time_that_it_needs(unit_of_server: Mapping[str, str]) -> None:
    words = files.command()
    needed = int(words[words.index("--workers-kill-timeout") + 1])
    assert int(unit_of_server["TimeoutStopSec"]) > needed
    for service in OURS.values():
        assert int(service["stop_grace_period"].removesuffix("s")) > needed


def test_what_containers_and_units_run_are_commands_of_the_application(tmp_path: Path) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY}, tmp_path)
    in_compose = [each["command"][1:] for each in OURS.values() if "command" in each]
    in_units = [shlex.split(files.unit(each)["ExecStart"]) for each in UNITS]
    in_units = [each[3:] for each in in_units if each[0].endswith("flask")]
    assert sorted(in_compose) == sorted(in_units) == [["db", "upgrade"], ["events"], ["jobs"]]
    # `db` is the library's, and is run below.
    assert {each[0] for each in in_units} <= set(app.cli.commands) | {"db"}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_a_unit(path: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if not program:
        missing("systemd-analyze is not installed: apt-get install systemd")
    virtual = str(Path(sys.executable).parent)
    text = path.read_text().replace(f"{HOME}/.venv/bin", virtual).replace(HOME, str(ROOT))
    (tmp_path / path.name).write_text(text)
    # Without the units of this machine, which are its own matter.
    checked = subprocess.run(
        [str(program), "verify", "--man=no", "--recursive-errors=no", str(tmp_path / path.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_units_share_what_they_may_and_where_their_settings_are() -> None:
    own = {"Description", "Type", "ExecStart", "Restart", "RestartSec", "KillMode", "LimitNOFILE"}
    own |= {"TimeoutStopSec", "TimeoutStartSec", "StartLimitIntervalSec", "WantedBy"}
    shared = [
        {name: value for name, value in files.unit(each).items() if name not in own}
        for each in UNITS
    ]
    assert shared[0]["EnvironmentFile"] == "/etc/switchyard/settings.env"
    assert all(each == shared[0] for each in shared)


def test_the_command_of_operators_runs_as_the_units_do(
    unit_of_server: Mapping[str, str], tmp_path: Path
) -> None:
    # What would run it says how it was asked to.
    told = tmp_path / "systemd-run"
    told.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    told.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    asked = ["user", "create", "you@example.com", "--admin"]
    run = [str(DEPLOY / "systemd/switchyard"), *asked]
    words = subprocess.run(
        run, env={"PATH": path}, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    of_jobs = files.unit(DEPLOY / "systemd/switchyard-jobs.service")
    flask = shlex.split(of_jobs["ExecStart"])[:-1]
    assert words[-len(flask + asked) :] == [*flask, *asked]
    for name in ("EnvironmentFile", "UMask"):
        assert f"--property={name}={unit_of_server[name]}" in words
    assert f"--setenv={unit_of_server['Environment']}" in words
    assert f"--uid={unit_of_server['User']}" in words
    assert f"--gid={unit_of_server['Group']}" in words
    assert f"--working-directory={unit_of_server['WorkingDirectory']}" in words


def test_each_set_up_says_of_itself_what_it_is(unit_of_server: Mapping[str, str]) -> None:
    assert unit_of_server["Environment"] == f"SET_UP={SetUp.SYSTEMD}"
    assert f"SET_UP={SetUp.CONTAINERS}" in files.instructions("ENV")[0].split()
    for started in SetUp.SYSTEMD, SetUp.CONTAINERS:
        for words in standstill_words.COMMANDS, stream_words.COMMANDS:
            name = words[started].split()[-1].replace("@1", "@")
            assert (DEPLOY / f"systemd/{name}.service").exists() or name in SERVICES


def test_a_command_is_refused_without_its_settings_where_the_units_have_theirs(
    unit_of_server: Mapping[str, str],
) -> None:
    installed = config.WITH_SYSTEMD
    assert str(installed.settings) == unit_of_server["EnvironmentFile"]
    assert str(installed.instance) == unit_of_server["ReadWritePaths"] == f"{HOME}/instance"


def test_units_may_count_where_the_settings_say_it_is_best(
    unit_of_server: Mapping[str, str],
) -> None:
    text = (ROOT / "docs/reference/settings.md").read_text()
    (folder,) = re.findall(r"^\| `METRICS_FOLDER` .* `/run/(\w+)/metrics`", text, re.M)
    assert unit_of_server["RuntimeDirectory"] == folder
    # One unit that stops would otherwise delete what the others count in.
    assert unit_of_server["RuntimeDirectoryPreserve"] == "yes"


def copy_to(folder: Path, each: str) -> None:
    (folder / each).parent.mkdir(parents=True, exist_ok=True)
    copy = shutil.copytree if (ROOT / each).is_dir() else shutil.copy
    copy(ROOT / each, folder / each)


def test_the_image_installs_what_the_lock_names(tmp_path: Path) -> None:
    installing, syncing = files.instructions("RUN")[:2]
    version = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)
    assert re.findall(r"uv==(\S+)$", installing) == version
    for each in files.copied_to_install():
        copy_to(tmp_path, each)
    asked = syncing.replace(" uv ", f" {ROOT}/.tools/bin/uv ").replace("--no-cache", "--offline")
    asked = asked.replace("/usr/local/bin/python3", sys.executable)
    subprocess.run(["sh", "-c", f"{asked} --dry-run"], cwd=tmp_path, check=True)


def test_what_is_in_the_image_migrates_serves_and_stops(tmp_path: Path) -> None:
    for each in files.copied():
        copy_to(tmp_path, each)
    settings = {"PATH": os.environ["PATH"], "SECRET_KEY": SECRET_KEY, "FLASK_APP": "wsgi"}
    migrate = [sys.executable, "-m", *SERVICES["migrate"]["command"]]
    subprocess.run(migrate, cwd=tmp_path, env=settings, check=True, capture_output=True)
    port = str(proxies.free_port())
    words = [each.replace("0.0.0.0", "127.0.0.1") for each in files.command()]  # noqa: S104
    words[words.index("--port") + 1] = port
    words[words.index("--workers") + 1] = "1"
    serve = [sys.executable, "-m", *words]
    asking = [sys.executable, *(each.replace("8000", port) for each in files.healthcheck()[1:])]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(serve, cwd=tmp_path, env=settings, stdout=log, stderr=log)
    try:
        until(lambda: proxies.listens(server, int(port), tmp_path / "log"))
        subprocess.run(asking, check=True, capture_output=True)
        assert patient.get(f"http://127.0.0.1:{port}/static/app.css").is_success
        assert patient.get(f"http://127.0.0.1:{port}/sign-in").is_success
    finally:
        server.terminate()
    assert server.wait(SECONDS_TO_BEGIN) == 0


@pytest.fixture(scope="module")
def unit_of_server() -> Mapping[str, str]:
    return files.unit(DEPLOY / "systemd/switchyard.service")
