"""What the database itself refuses, whoever writes to it: by raw SQL, past every rule."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.database.transactions import begun
from app.models import now
from app.models.base import UtcDateTime
from tests.conftest import shared_on_both_databases
from tests.world import World

MOMENT = "2026-01-02 03:04:05+00:00"
GOOD: dict[str, dict[str, object]] = {
    "plan": {"code": 300, "name": "Sandbox", "experiments_running": 2},
    "user_account": {
        "id": 1,
        "email": "a@example.test",
        "password_hash": "x",
        "is_admin": False,
        "session_token": "s1",
        "created_at": MOMENT,
    },
    "project": {
        "id": 1,
        "key": "shop",
        "name": "Shop",
        "plan_code": 300,
        "version": 1,
        "unit_salt": "0123456789abcdef0123456789abcdef",
        "draft_count": 1,
        "running_count": 0,
        "stopped_count": 0,
        "archived_count": 0,
        "created_at": MOMENT,
    },
    "membership": {"project_id": 1, "user_id": 1, "role": "owner"},
    "api_key": {
        "id": 1,
        "project_id": 1,
        "type": "admin",
        "name": "k",
        "prefix": "sdk_admin_",
        "last4": "beef",
        "token_hash": "h1",
        "created_at": MOMENT,
    },
    "experiment": {
        "test_id": 1,
        "public_id": "exp_1",
        "project_id": 1,
        "key": "banner",
        "name": "Banner",
        "folded_name": "banner",
        "url": "",
        "description": "",
        "status": "draft",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "changed_at": MOMENT,
        "started_at": None,
        "stopped_at": None,
        "user_id": None,
        "api_key_id": None,
    },
    "history": {
        "id": 1,
        "project_id": 1,
        "test_id": 1,
        "kind": "changed",
        "reason": "",
        "code": "",
        "detail": "",
        "times": 1,
        "from_status": "draft",
        "to_status": "running",
        "door": "v2",
        "at": MOMENT,
        "user_id": None,
        "api_key_id": None,
    },
}
AUTHOR: dict[str, object] = {"door": "api", "user_id": None, "api_key_id": None}
LATER: dict[str, dict[str, object]] = {
    "queued_start": {
        "test_id": 1,
        "project_id": 1,
        "place": 1,
        "queued_at": MOMENT,
        "expires_at": MOMENT,
        **AUTHOR,
    },
    "scheduled_change": {
        "test_id": 1,
        "target": "running",
        "project_id": 1,
        "at": MOMENT,
        **AUTHOR,
    },
    "scheduled_rise": {
        "test_id": 1,
        "traffic_allocation": 5_000,
        "project_id": 1,
        "at": MOMENT,
        **AUTHOR,
    },
    "slot_request": {
        "id": 1,
        "project_id": 1,
        "user_id": 1,
        "test_id": 1,
        "asked_at": MOMENT,
        "closed_at": None,
        "closed_by_id": None,
    },
    "standing": {
        "test_id": 1,
        "tone": "calm",
        "sentence": "Too early to tell.",
        "needs_attention": False,
        "read_at": MOMENT,
    },
}
TOLD: dict[str, dict[str, object]] = {
    "webhook_endpoint": {
        "id": 1,
        "project_id": 1,
        "url": "https://hooks.example/",
        "description": "",
        "format": "standard",
        "kinds": "",
        "secret": "whsec_1",
        "listens_since": MOMENT,
        "created_at": MOMENT,
    },
    "outbox_entry": {
        "id": 1,
        "message_id": "msg_1",
        "kind": "overdue",
        "at": MOMENT,
        "project_id": 1,
        "data": "{}",
        "cause": None,
        **AUTHOR,
    },
    "webhook_delivery": {
        "id": 1,
        "endpoint_id": 1,
        "message_id": "msg_1",
        "type": "webhook.test",
        "body": "{}",
        "created_at": MOMENT,
        "attempts": 0,
        "answer": "",
        "fault": "",
    },
    "mail": {
        "id": 1,
        "project_id": 1,
        "user_id": 1,
        "kind": "overdue",
        "how": "daily",
        "text": "It has not happened.",
        "created_at": MOMENT,
        "attempts": 0,
        "fault": "",
    },
    "notification_choice": {"project_id": 1, "user_id": 1, "kind": "overdue", "how": "off"},
}
SECOND: dict[str, dict[str, object]] = {
    "plan": {"code": 301},
    "user_account": {"id": 2, "email": "b@example.test", "session_token": "s2"},
    "project": {"id": 2, "key": "shop-2"},
    "api_key": {"id": 2, "token_hash": "h2"},
    "experiment": {"test_id": 2, "public_id": "exp_2", "key": "banner-2"},
    "history": {"id": 2},
}

REFUSED_LATER: list[tuple[str, dict[str, object]]] = [
    ("queued_start", {"test_id": 99}),
    ("queued_start", {"project_id": 99}),
    ("queued_start", {"place": None}),
    ("queued_start", {"expires_at": None}),
    ("queued_start", {"user_id": 99}),
    ("queued_start", {"api_key_id": 99}),
    ("queued_start", {"user_id": 1, "api_key_id": 1}),
    ("scheduled_change", {"test_id": 99}),
    ("scheduled_change", {"project_id": 99}),
    ("scheduled_change", {"target": "draft"}),
    ("scheduled_change", {"target": "archived"}),
    ("scheduled_change", {"target": None}),
    ("scheduled_change", {"at": None}),
    ("scheduled_change", {"user_id": 99}),
    ("scheduled_change", {"api_key_id": 99}),
    ("scheduled_change", {"user_id": 1, "api_key_id": 1}),
    ("scheduled_rise", {"test_id": 99}),
    ("scheduled_rise", {"traffic_allocation": 0}),
    ("scheduled_rise", {"traffic_allocation": 10_001}),
    ("scheduled_rise", {"user_id": 1, "api_key_id": 1}),
    ("slot_request", {"test_id": 99}),
    ("slot_request", {"project_id": 99}),
    ("slot_request", {"user_id": 99}),
    ("slot_request", {"user_id": None}),
    ("slot_request", {"closed_at": MOMENT}),
    ("slot_request", {"closed_by_id": 1}),
    ("slot_request", {"closed_at": MOMENT, "closed_by_id": 99}),
    ("slot_request", {"outcome": "forgotten"}),
    ("standing", {"test_id": 99}),
    ("standing", {"sentence": None}),
    ("standing", {"read_at": None}),
]
REFUSED_TOLD: list[tuple[str, dict[str, object]]] = [
    ("webhook_endpoint", {"format": "fax"}),
    ("webhook_endpoint", {"switched_off": "whim"}),
    ("outbox_entry", {"kind": "rumour"}),
    ("outbox_entry", {"door": "v3"}),
    ("outbox_entry", {"cause": "whim"}),
    ("webhook_delivery", {"attempts": -1}),
    ("mail", {"attempts": -1}),
    ("mail", {"kind": "rumour"}),
    ("notification_choice", {"kind": "rumour"}),
    ("mail", {"how": "off"}),
]
ACCEPTED_LATER: list[tuple[str, dict[str, object]]] = [
    *((table, {}) for table in LATER),
    ("queued_start", {"door": "schedule", "user_id": 1}),
    ("queued_start", {"api_key_id": 1}),
    ("scheduled_change", {"target": "stopped", "user_id": 1}),
    ("scheduled_change", {"api_key_id": 1}),
    ("slot_request", {"closed_at": MOMENT, "closed_by_id": 1}),
]
STATUSES_OUTSIDE = ["live", "Running", "RUNNING", "", " draft", "paused", "1"]

REFUSED: list[tuple[str, dict[str, object]]] = [
    ("plan", {"code": 300}),
    ("plan", {"experiments_running": -1}),
    ("plan", {"name": None}),
    ("user_account", {"email": "a@example.test"}),
    ("user_account", {"email": "B@example.test"}),
    ("user_account", {"email": None}),
    ("user_account", {"session_token": "s1"}),
    ("user_account", {"password_hash": None}),
    ("project", {"key": "shop"}),
    ("project", {"plan_code": 999}),
    ("project", {"plan_code": None}),
    ("project", {"version": None}),
    ("project", {"draft_count": -1}),
    ("project", {"running_count": None}),
    ("api_key", {"type": "reader"}),
    ("api_key", {"public_token": "sdk_admin_secret"}),
    ("api_key", {"token_hash": "h1"}),
    ("api_key", {"project_id": 99}),
    ("api_key", {"parent_id": 99}),
    *(("experiment", {"status": status}) for status in STATUSES_OUTSIDE),
    ("experiment", {"status": None}),
    ("experiment", {"public_id": "exp_1"}),
    ("experiment", {"key": "banner"}),
    ("experiment", {"project_id": 99}),
    ("experiment", {"project_id": None}),
    ("experiment", {"clone_of_test_id": 99}),
    ("experiment", {"status": "running"}),
    ("experiment", {"status": "draft", "started_at": MOMENT}),
    ("experiment", {"status": "stopped"}),
    ("experiment", {"status": "draft", "stopped_at": MOMENT}),
    ("experiment", {"status": "running", "started_at": MOMENT, "stopped_at": MOMENT}),
    ("experiment", {"user_id": 99}),
    ("experiment", {"api_key_id": 99}),
    ("experiment", {"user_id": 1, "api_key_id": 1}),
    ("history", {"test_id": 99}),
    ("history", {"from_status": "live"}),
    ("history", {"to_status": "live"}),
    ("history", {"to_status": "draft"}),
    ("history", {"cause": "whim"}),
    ("history", {"kind": "rumour"}),
    ("history", {"to_status": None}),
    ("history", {"project_id": 99}),
    ("history", {"paused_test_id": 1}),
    ("history", {"paused_test_id": 99}),
    ("history", {"paused_test_id": 2, "to_status": "archived"}),
    ("history", {"conclusion": "won"}),
    ("history", {"to_status": "archived", "conclusion": "fine"}),
    ("history", {"times": 0}),
    ("history", {"user_id": 99}),
    ("history", {"api_key_id": 99}),
    ("history", {"user_id": 1, "api_key_id": 1}),
    ("history", {"at": None}),
]
ACCEPTED: list[tuple[str, dict[str, object]]] = [
    ("plan", {"experiments_running": 0}),
    ("plan", {"experiments_running": None}),
    ("user_account", {}),
    ("project", {}),
    ("api_key", {}),
    ("api_key", {"parent_id": 1}),
    ("experiment", {"status": "draft"}),
    ("experiment", {"status": "running", "started_at": MOMENT}),
    ("experiment", {"status": "stopped", "started_at": MOMENT, "stopped_at": MOMENT}),
    ("experiment", {"status": "stopped", "stopped_at": MOMENT}),
    ("experiment", {"status": "archived", "started_at": MOMENT}),
    ("experiment", {"status": "archived"}),
    ("experiment", {"user_id": 1}),
    ("experiment", {"api_key_id": 1}),
    ("experiment", {"clone_of_test_id": 1}),
    ("history", {"door": "v3"}),
    ("history", {"door": "browser", "user_id": 1}),
    ("history", {"door": "api", "api_key_id": 1}),
    ("history", {"door": "command line"}),
    ("history", {"door": "queue"}),
    ("history", {"door": "schedule"}),
    ("history", {"kind": "refused", "to_status": "draft", "times": 7}),
    ("history", {"kind": "edited", "to_status": None}),
    ("history", {"to_status": "archived", "conclusion": "won"}),
]


def named(rows: list[tuple[str, dict[str, object]]]) -> list[object]:
    return [
        pytest.param(table, row, id=f"{table}-{','.join(f'{k}={v}' for k, v in row.items())}")
        for table, row in rows
    ]


@dataclass
class Rows:
    """What statements do, one after the other, in a transaction that is taken back."""

    connection: Connection

    def execute(self, statement: str, **values: object) -> Sequence[Row[Any]]:
        """Run SQL, and give the rows of a SELECT; one that is refused leaves the others done."""
        with self.connection.begin_nested():
            result = self.connection.execute(text(statement), values)
            return result.all() if result.returns_rows else []


def insert(rows: Rows, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    rows.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", **row)  # noqa: S608


@pytest.fixture
def filled(shared_world: World) -> Generator[Rows]:
    """A database with one good row in each table, and without it again at the end."""
    with shared_world.app.app_context(), begun() as transaction:
        rows = Rows(transaction.connection)
        for table, row in GOOD.items():
            insert(rows, table, row)
        yield rows


@shared_on_both_databases
@pytest.mark.parametrize(("table", "changed"), named(REFUSED))
def test_the_database_refuses(filled: Rows, table: str, changed: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        insert(filled, table, {**GOOD[table], **SECOND[table], **changed})


@shared_on_both_databases
@pytest.mark.parametrize(("table", "changed"), named(ACCEPTED))
def test_the_database_takes(filled: Rows, table: str, changed: dict[str, object]) -> None:
    insert(filled, table, {**GOOD[table], **SECOND[table], **changed})
    assert filled.execute(f"SELECT count(*) FROM {table}") == [(2,)]  # noqa: S608


@shared_on_both_databases
@pytest.mark.parametrize(("table", "changed"), named(REFUSED_LATER))
def test_the_database_refuses_to_keep_for_later(
    filled: Rows, table: str, changed: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        insert(filled, table, {**LATER[table], **changed})


@shared_on_both_databases
@pytest.mark.parametrize(("table", "changed"), named(ACCEPTED_LATER))
def test_the_database_keeps_for_later(filled: Rows, table: str, changed: dict[str, object]) -> None:
    insert(filled, table, {**LATER[table], **changed})
    assert filled.execute(f"SELECT count(*) FROM {table}") == [(1,)]  # noqa: S608


@shared_on_both_databases
@pytest.mark.parametrize(("table", "changed"), named(REFUSED_TOLD))
def test_the_database_keeps_what_is_told_of_known_kinds_alone(
    filled: Rows, table: str, changed: dict[str, object]
) -> None:
    for each in dict.fromkeys(("webhook_endpoint", table)):
        insert(filled, each, TOLD[each])
    (member,) = changed
    with pytest.raises(IntegrityError):
        filled.execute(f"UPDATE {table} SET {member} = :value", value=changed[member])  # noqa: S608


@shared_on_both_databases
@pytest.mark.parametrize("table", ["queued_start", "scheduled_change", "standing"])
def test_an_experiment_waits_once_and_stands_once(filled: Rows, table: str) -> None:
    insert(filled, table, LATER[table])
    with pytest.raises(IntegrityError):
        insert(filled, table, LATER[table])


@shared_on_both_databases
def test_an_experiment_is_scheduled_to_start_once_and_to_stop_once(filled: Rows) -> None:
    for target in ("running", "stopped"):
        insert(filled, "scheduled_change", {**LATER["scheduled_change"], "target": target})
        with pytest.raises(IntegrityError):
            insert(filled, "scheduled_change", {**LATER["scheduled_change"], "target": target})


@shared_on_both_databases
def test_a_person_has_one_open_request_in_a_project_and_any_number_of_closed_ones(
    filled: Rows,
) -> None:
    request = LATER["slot_request"]
    for number in (1, 2):
        closed = {"id": number, "closed_at": MOMENT, "closed_by_id": 1}
        insert(filled, "slot_request", {**request, **closed})
    insert(filled, "slot_request", {**request, "id": 3})
    with pytest.raises(IntegrityError):
        insert(filled, "slot_request", {**request, "id": 4})


@shared_on_both_databases
@pytest.mark.parametrize("table", LATER)
def test_no_experiment_is_deleted_that_something_waits_for(filled: Rows, table: str) -> None:
    filled.execute("UPDATE project SET unit_salt = ''")
    filled.execute("DELETE FROM history")
    insert(filled, table, LATER[table])
    with pytest.raises(IntegrityError):
        filled.execute("DELETE FROM experiment")


@shared_on_both_databases
@pytest.mark.parametrize(
    ("project_id", "user_id", "role"),
    [(1, 1, "viewer"), (1, 2, "admin"), (1, 99, "viewer"), (99, 2, "viewer"), (1, 2, None)],
    ids=["twice", "unknown role", "unknown user", "unknown project", "no role"],
)
def test_the_database_refuses_a_membership(
    filled: Rows, project_id: int, user_id: int, role: str | None
) -> None:
    insert(filled, "user_account", {**GOOD["user_account"], **SECOND["user_account"]})
    with pytest.raises(IntegrityError):
        insert(filled, "membership", {"project_id": project_id, "user_id": user_id, "role": role})


@shared_on_both_databases
@pytest.mark.parametrize("status", STATUSES_OUTSIDE)
def test_no_experiment_is_moved_to_a_status_outside_the_four(filled: Rows, status: str) -> None:
    with pytest.raises(IntegrityError):
        filled.execute("UPDATE experiment SET status = :status", status=status)


@shared_on_both_databases
@pytest.mark.parametrize("table", ["plan", "user_account", "project", "api_key", "experiment"])
def test_nothing_is_deleted_that_something_points_at(filled: Rows, table: str) -> None:
    filled.execute("UPDATE experiment SET user_id = 1")
    insert(filled, "history", {**GOOD["history"], "id": 2, "api_key_id": 1})
    with pytest.raises(IntegrityError):
        filled.execute(f"DELETE FROM {table}")  # noqa: S608


@shared_on_both_databases
def test_statuses_are_kept_by_value_in_plain_text(filled: Rows) -> None:
    column = (
        "SELECT data_type AS type FROM information_schema.columns"
        " WHERE table_name = 'experiment' AND column_name = 'status'"
        if filled.connection.dialect.name == "postgresql"
        else "SELECT type FROM pragma_table_info('experiment') WHERE name = 'status'"
    )
    assert filled.execute(column)[0].type.lower().startswith(("varchar", "character varying"))
    assert filled.execute("SELECT status FROM experiment") == [("draft",)]


def test_a_moment_without_a_time_zone_is_never_stored() -> None:
    naive = now().replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(naive, dialect=None)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("shared_world", ["postgresql"], indirect=True)
@pytest.mark.parametrize("column", ["name", "key"])
def test_postgresql_holds_names_to_their_length(filled: Rows, column: str) -> None:
    with pytest.raises(DBAPIError):
        filled.execute(f"UPDATE experiment SET {column} = :long", long="x" * 121)  # noqa: S608
