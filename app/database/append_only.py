"""How the database keeps what has happened: it refuses to change or delete an entry.

An old entry of the audit trail goes during its retention, and history with its whole project. The
migrations made all of this; it stands here for whoever puts a backup back.
"""

_REFUSAL = "what has happened is never changed or deleted"
_DURING_RETENTION = "EXISTS (SELECT 1 FROM audit_retention WHERE OLD.at < until)"
_WITH_PROJECT = "EXISTS (SELECT 1 FROM project WHERE id = OLD.project_id AND unit_salt = '')"
_MAY_GO = {
    "audit_entry": _DURING_RETENTION,
    "history": _WITH_PROJECT,
    "project_entry": _WITH_PROJECT,
}
# All but what is counted, completed or explained afterwards.
_KEPT_COLUMNS = {
    "audit_entry": (
        "id, at, kind, door, user_id, api_key_id, author, project_id, project_name, subject,"
        " detail, reason, changes, cause, request_id, address"
    ),
    "history": (
        "id, project_id, test_id, kind, from_status, to_status, paused_test_id, door, conclusion,"
        " code, scheduled_for, changes, cause, cause_entry_id, cause_user_id, cause_api_key_id,"
        " cause_project_entry_id, user_id, api_key_id, request_id, address, decision"
    ),
    "project_entry": (
        "id, project_id, after_id, kind, door, at, reason, test_id, cause, cause_entry_id, user_id,"
        " api_key_id, request_id, address"
    ),
}
_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"

SQLITE_TRIGGERS = frozenset(
    {
        f"CREATE TRIGGER {table}_is_kept_as_it_is BEFORE UPDATE OF {columns} ON {table} {_REFUSE}"
        for table, columns in _KEPT_COLUMNS.items()
    }
    | {
        f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} WHEN NOT {may_go} {_REFUSE}"
        for table, may_go in _MAY_GO.items()
    }
    | {
        f"CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table}"  # noqa: S608
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) {_REFUSE}"
        for table in _MAY_GO
    }
)
"""The triggers of a SQLite database, as it keeps their text."""


def postgresql_function(namespace: str) -> str:
    """Return the statement that makes what the triggers of a PostgreSQL database call."""
    return f"""
CREATE OR REPLACE FUNCTION "{namespace}".refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF TG_TABLE_NAME = 'audit_entry' AND {_DURING_RETENTION} THEN
      RETURN OLD;
    ELSIF TG_TABLE_NAME <> 'audit_entry' AND {_WITH_PROJECT} THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation';
END $$;
"""
