"""Settings: the secret that is made once and kept, the database's address, and clear complaints."""

import multiprocessing
import secrets
import stat
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from app import create_app
from app.core import config, secret_key
from app.core.mail_terms import SmtpServer
from tests.settings import SECRET_KEY
from tests.world import World


def test_without_a_secret_one_is_made_and_kept(tmp_path: Path) -> None:
    first = config.load({}, tmp_path)["SECRET_KEY"]
    assert config.load({}, tmp_path)["SECRET_KEY"] == first
    assert (tmp_path / "secret_key").read_text() == first
    assert len(str(first)) >= 64


def test_two_servers_never_make_the_same_secret(tmp_path: Path) -> None:
    made = {config.load({}, tmp_path / name)["SECRET_KEY"] for name in ("a", "b")}
    assert len(made) == 2


def test_nobody_else_may_read_the_kept_secret(tmp_path: Path) -> None:
    config.load({}, tmp_path / "instance")
    mode = (tmp_path / "instance" / "secret_key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE((tmp_path / "instance").stat().st_mode) == 0o700


def test_an_empty_secret_is_no_secret(tmp_path: Path) -> None:
    assert config.load({"SECRET_KEY": ""}, tmp_path)["SECRET_KEY"]


def test_a_given_secret_is_used_and_nothing_is_kept(tmp_path: Path) -> None:
    assert config.load({"SECRET_KEY": SECRET_KEY}, tmp_path)["SECRET_KEY"] == SECRET_KEY
    assert not (tmp_path / "secret_key").exists()


WEAK = [
    "a",
    SECRET_KEY[:31],
    "a" * 64,
    "abcdefg" * 9,
    "0123456789abcdef" * 4,
    "change-me-before-you-go-live-0123",
    "my-very-own-secret-key-2026-11-29",
]


@pytest.mark.parametrize("key", WEAK)
def test_a_secret_that_can_be_guessed_is_refused_with_a_way_to_make_one(
    tmp_path: Path, key: str
) -> None:
    with pytest.raises(ValueError, match=r"SECRET_KEY must have at least 32 .*token_hex"):
        config.load({"SECRET_KEY": key}, tmp_path)


@pytest.mark.parametrize("kept", ["", "short"])
def test_a_kept_secret_that_is_none_is_refused_by_the_name_of_its_file(
    tmp_path: Path, kept: str
) -> None:
    (tmp_path / "secret_key").write_text(kept)
    with pytest.raises(ValueError, match=rf"{tmp_path}/secret_key must have at least 32"):
        config.load({}, tmp_path)


def test_on_postgresql_a_secret_is_given_and_never_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"SECRET_KEY must be set with PostgreSQL.*token_hex"):
        config.load({"DATABASE_URL": "postgresql:///switchyard"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_python_makes_is_never_taken_for_weak() -> None:
    made = [make(size) for make in (secrets.token_hex, secrets.token_urlsafe) for size in (24, 32)]
    assert not any(map(secret_key.is_weak, made))


def keep_a_secret(folder: Path, start: Barrier, kept: "SimpleQueue[object]") -> None:
    start.wait()
    kept.put(config.load({}, folder)["SECRET_KEY"])


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    forking = multiprocessing.get_context("fork")
    start, kept = forking.Barrier(4), forking.SimpleQueue()
    arguments = (tmp_path, start, kept)
    processes = [forking.Process(target=keep_a_secret, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    agreed = {kept.get() for _ in processes}
    for process in processes:
        process.join()
    assert agreed == {(tmp_path / "secret_key").read_text()}
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("postgres://u@h/d", "postgresql://u@h/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
    ],
)
def test_the_databases_address_is_taken_as_hosts_give_it(
    tmp_path: Path, given: str, address: str
) -> None:
    environment = {"DATABASE_URL": given, "SECRET_KEY": SECRET_KEY}
    assert config.load(environment, tmp_path)["SQLALCHEMY_DATABASE_URI"] == address


@pytest.mark.parametrize("environment", [{}, {"DATABASE_URL": ""}], ids=["unset", "empty"])
def test_without_an_address_the_database_is_a_file_under_instance(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    expected = f"sqlite:///{tmp_path}/switchyard.db"
    assert config.load(environment, tmp_path)["SQLALCHEMY_DATABASE_URI"] == expected


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, (90, 14)),
        ({"SESSION_DAYS": "7"}, (7, 7)),
        ({"SESSION_DAYS": "365", "SESSION_IDLE_DAYS": "30"}, (365, 30)),
    ],
)
def test_a_session_is_never_idle_for_longer_than_it_lasts(
    tmp_path: Path, given: dict[str, str], kept: tuple[int, int]
) -> None:
    loaded = config.load(given, tmp_path)
    assert (loaded["SESSION_DAYS"], loaded["SESSION_IDLE_DAYS"]) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_DAYS", "0"),
        ("SESSION_DAYS", "366"),
        ("SESSION_IDLE_DAYS", "91"),
        ("SESSION_IDLE_DAYS", "long"),
        ("TRUSTED_PROXIES", "yes"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "1.5"),
        ("METRICS_TOKEN", "short"),
        ("METRICS_TOKEN", "with a space in it"),
        ("LOG_FORMAT", "xml"),
        ("LOG_FORMAT", "JSON"),
        ("SET_UP", "docker"),
        ("ACCESS_LOG", "yes"),
        ("OWN_HOSTS", "https://shop.example"),
        ("OWN_HOSTS", "shop.example:8000"),
        ("OWN_HOSTS", "shop.example, *"),
        ("DATABASE_CONNECTIONS", "3"),
        ("DATABASE_CONNECTIONS", "101"),
        ("DATABASE_CONNECTIONS", "many"),
        ("DATABASE_POOLER", "session"),
        ("DATABASE_POOLER", "transaction"),
        ("STALE_MINUTES", "1441"),
        ("STALE_MINUTES", "-1"),
        ("KEPT_EVENTS_MB", "4097"),
        ("KEPT_EVENTS_MB", "some"),
        ("API_RATE_LIMIT", "often"),
        ("SIGN_IN_FAILURES_BY_ACCOUNT", "0"),
        ("SIGN_IN_FAILURES_BY_NETWORK", "10 per minute"),
        ("RATE_LIMIT_STORAGE", "nowhere://"),
        ("EVENT_STREAM", "memory://"),
        ("API_RATE_LIMIT", "100 per minute; 5 per second"),
        ("API_RATE_LIMIT", "0 per minute"),
        ("OWN_HOSTS", ","),
        ("METRICS_TOKEN", "'a-token-of-prometheus'"),
        ("METRICS_FOLDER", '"/run/switchyard"'),
        ("KEPT_EVENTS_FOLDER", "~/kept"),
        ("DATABASE_URL", "sqlite:////srv/a.db "),
        ("DATABASE_URL", "sqlite:////srv/a.db # the data"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "postgresql://host:54x2/switchyard"),
        ("DATABASE_URL", "switchyard.db"),
        ("DATABASE_URL", "mongodb://host/switchyard"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_at_the_start(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ValueError, match=name):
        create_app({name: value, "SECRET_KEY": SECRET_KEY}, tmp_path)


def test_what_is_to_be_kept_secret_is_not_repeated(tmp_path: Path) -> None:
    given = {"METRICS_TOKEN": "s3cret", "RATE_LIMIT_STORAGE": "rediss2://:s3cret@host/0"}
    given["EVENT_STREAM"] = given["RATE_LIMIT_STORAGE"]
    for name, value in given.items():
        with pytest.raises(ValueError, match=name) as told:
            config.load({name: value}, tmp_path)
        assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    "name",
    [
        "API_RATE_LIMIT",
        "SIGN_IN_FAILURES_BY_ACCOUNT",
        "SESSION_IDLE_DAYS",
        "TRUSTED_PROXIES",
        "LOG_FORMAT",
        "ACCESS_LOG",
    ],
)
def test_an_empty_setting_is_an_unset_one(tmp_path: Path, name: str) -> None:
    unset, empty = config.load({}, tmp_path), config.load({name: ""}, tmp_path)
    assert empty[name] == unset[name]


def test_a_page_left_open_for_long_can_still_act(world: World) -> None:
    assert world.app.config["WTF_CSRF_TIME_LIMIT"] is None


def test_the_environment_is_read_when_nothing_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/other.db")
    app = create_app(instance=tmp_path)
    assert app.config["SECRET_KEY"] == SECRET_KEY
    assert app.config["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path}/other.db"


def test_rows_are_kept_for_ever_unless_a_number_of_days_is_said(tmp_path: Path) -> None:
    assert config.load({}, tmp_path)["RETENTION_DAYS"] is None
    assert config.load({"RETENTION_DAYS": "90"}, tmp_path)["RETENTION_DAYS"] == 90


@pytest.mark.parametrize("days", ["0", "-1", "3651", "a month"])
def test_rows_cannot_be_kept_for_no_time_or_too_long(days: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="RETENTION_DAYS"):
        config.load({"RETENTION_DAYS": days}, tmp_path)


def test_settings_that_were_not_loaded_are_missed_and_no_other_database_is_begun(
    tmp_path: Path,
) -> None:
    instance, settings = tmp_path / "instance", tmp_path / "settings.env"
    installed = config.Installation(instance, settings)
    assert config.load({}, instance, installed)["SET_UP"] == "by hand"
    settings.touch()
    with pytest.raises(ValueError, match=r"are not loaded: .* switchyard COMMAND"):
        config.load({}, instance, installed)
    # The units may be on SQLite, and whoever names a database means that one.
    for told in ({"SET_UP": "systemd"}, {"DATABASE_URL": f"sqlite:///{tmp_path}/other.db"}):
        assert config.load(told, instance, installed)
    assert config.load({}, tmp_path / "another clone", installed)
    assert not (instance / "switchyard.db").exists()


MAILS = {"MAIL_FROM": "switchyard@example.com", "PUBLIC_ADDRESS": "https://a.example"}


def test_a_mail_server_is_read_with_its_password_and_the_usual_port(tmp_path: Path) -> None:
    url = "smtp://user:p%40ss@mail.example.com"
    server = config.load({"SMTP_URL": url, **MAILS}, tmp_path)["SMTP_URL"]
    assert server == SmtpServer("mail.example.com", 587, is_tls=False, user="user", password="p@ss")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SMTP_URL": "http://u:hush@mail.example.com", **MAILS}, "SMTP_URL must read like"),
        ({"SMTP_URL": "smtp://u:hush@mail.example.com:x", **MAILS}, "SMTP_URL is no address"),
        ({"SMTP_URL": "smtp://u:hush@mail.example.com"}, "SMTP_URL needs MAIL_FROM"),
        ({"MAIL_FROM": "Switchyard"}, "MAIL_FROM must be an address"),
        ({"PUBLIC_ADDRESS": "experiments.example.com"}, "PUBLIC_ADDRESS must read like"),
        ({"PUBLIC_ADDRESS": "https://a.example/switchyard"}, "PUBLIC_ADDRESS must read like"),
    ],
)
def test_settings_of_mails_that_make_no_sense_are_refused_without_the_password(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        config.load(settings, tmp_path)
    assert "hush" not in str(refused.value)
