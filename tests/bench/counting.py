"""How many queries a page sends, and how often a status change waits for the database."""

from http import HTTPStatus

from tests import statements
from tests.bench.data import Prepared
from tests.world import Browser, World


def count(smallest: Prepared, largest: Prepared) -> dict[str, tuple[int, int]]:
    """The number of queries of each page, in the small and in the large project."""
    few, many = _count(smallest), _count(largest)
    return {name: (few[name], many[name]) for name in few}


def _count(prepared: Prepared) -> dict[str, int]:
    browser = World(prepared.app).browser(prepared.email)
    tag = browser.get(prepared.path, HX_Request="true").headers["ETag"]
    fragment = {"HX_Request": "true"}
    return {
        "experiments page": _queries(prepared, browser, prepared.path),
        "the part of it that htmx fetches": _queries(prepared, browser, prepared.path, **fragment),
        "its unchanged poll": _queries(
            prepared, browser, prepared.path, If_None_Match=tag, **fragment
        ),
        "archived experiments": _queries(prepared, browser, prepared.path + "?status=archived"),
        "one experiment": _queries(prepared, browser, prepared.path + "/experiments/experiment-0"),
        "start page": _queries(prepared, browser, "/"),
        "history": _queries(prepared, browser, prepared.path + "/history"),
        **_waits_of_changes(prepared),
    }


def _waits_of_changes(prepared: Prepared) -> dict[str, int]:
    """The round trips of a pause and a resume by key: its statements, and the commit."""
    target, client = prepared.targets[0], prepared.app.test_client()

    def change(status: int) -> int:
        headers = {"x-api-key": target.key}
        with statements.recorded(prepared.app) as sent:
            answer = client.patch(target.path, json={"status": status}, headers=headers)
        assert answer.status_code == HTTPStatus.OK, answer.get_data(as_text=True)
        return len(sent) + 1

    # The first one notes that the key was used.
    change(1)
    return {"round trips of a pause by key": change(0), "round trips of a resume by key": change(1)}


def _queries(prepared: Prepared, browser: Browser, path: str, **headers: str) -> int:
    with statements.recorded(prepared.app) as sent:
        answer = browser.get(path, **headers)
    assert answer.status_code in (200, 304), f"{path}: {answer.status}"
    return sum(not statement.startswith("BEGIN") for statement in sent)
