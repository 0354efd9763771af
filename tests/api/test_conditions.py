"""Conditional changes: the ETag of an experiment, and If-Match before a change of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.version_tokens import token_of
from app.models import Experiment, Kind, Project, Status, now
from tests.api.asking import integers_path, names_path
from tests.conftest import on_both_databases
from tests.world import World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED


@dataclass
class Client:
    """A program with a key of a project."""

    world: World
    project: Project

    def __post_init__(self) -> None:
        self._token = self.world.key(self.project, "deploys")
        self._client = self.world.app.test_client(use_cookies=False)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        if_match: str | None = None,
        **conditions: str,
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {self._token}", **conditions}
        headers |= {} if if_match is None else {"If-Match": if_match}
        return self._client.open(path, method=method, json=body, headers=headers)

    def one(self, method: str, experiment: Experiment, end: str = "", body: object = None) -> str:
        """The ETag of an answer that did what it was asked for."""
        path = f"/api/admin/experiments/{experiment.public_id}{end}"
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.headers["ETag"]

    def etag(self, experiment: Experiment) -> str:
        """The experiment's ETag now, which its version says, too."""
        path = f"/api/admin/experiments/{experiment.public_id}"
        answer = self.ask("GET", path)
        document: Any = answer.json
        assert answer.headers["ETag"] == f'"v{document["version"]}"'
        assert self.ask("GET", f"{path}/schedule").headers["ETag"] == answer.headers["ETag"]
        return answer.headers["ETag"]

    def stamp(self, experiment: Experiment) -> str:
        """The tag of the experiment's stamp now."""
        document: Any = self.ask("GET", f"/api/admin/experiments/{experiment.public_id}").json
        return f'"{document["stamp"]}"'


@pytest.fixture
def client(world: World) -> Client:
    return Client(world, world.project(limit=1))


Change = tuple[str, str, Mapping[str, object]]
TOMORROW = (now() + timedelta(days=1)).isoformat()
# Method, end of the path and body, in an order in which each can be done.
OF_A_DRAFT: list[Change] = [
    ("PATCH", "", {"name": "Another"}),
    ("PATCH", "", {"tags": ["checkout"]}),
    ("PATCH", "", {"traffic_allocation": 50}),
    ("PUT", "/schedule", {"start_at": TOMORROW}),
    ("PUT", "/schedule", {"start_at": None}),
    ("POST", "/status", {"status": "running"}),
    ("POST", "/status", {"status": "stopped"}),
    ("POST", "/actions/redraft", {}),
    ("POST", "/actions/discard", {}),
]


@on_both_databases
def test_every_change_makes_another_version_and_answers_with_its_etag(client: Client) -> None:
    experiment = client.world.experiment(client.project)
    seen = [client.etag(experiment)]
    for method, end, body in OF_A_DRAFT:
        told = client.one(method, experiment, end, body)
        assert told == client.etag(experiment)
        seen.append(told)
    assert len(set(seen)) == len(seen)


@on_both_databases
def test_in_the_queue_its_own_place_makes_a_version_and_that_of_others_does_not(
    client: Client,
) -> None:
    client.world.running(client.project, 1)
    first, second = (client.world.experiment(client.project) for _ in range(2))
    seen = [client.etag(second)]
    client.one("PUT", first, "/queue")
    seen.append(client.one("PUT", second, "/queue"))
    assert client.one("PATCH", first, "/queue", {"position": 2}) == client.etag(first)
    assert client.etag(second) == seen[-1]
    seen.append(client.one("PATCH", first, "/queue", {"position": 1}))
    seen.append(client.one("DELETE", second, "/queue"))
    assert client.etag(second) == seen[-1]
    assert len(set(seen)) == len(seen)


@on_both_databases
def test_a_swap_makes_a_version_of_both(client: Client) -> None:
    world, project = client.world, client.project
    (holder,) = world.running(project, 1)
    incoming = world.experiment(project)
    before = client.etag(holder)
    told = client.one("POST", incoming, "/swap", {"pause": holder.public_id})
    assert told == client.etag(incoming)
    assert client.etag(holder) != before


def test_days_that_are_left_out_and_counted_again_make_versions(client: Client) -> None:
    (experiment,) = client.world.running(client.project, 1)
    path = f"{path_of(experiment)}/exclusions"
    seen = client.etag(experiment)
    made = client.ask("POST", path, {"reason": "Bots"}, seen)
    assert (made.status_code, made.headers["ETag"]) == (201, client.etag(experiment))
    (one,) = client.world.execute("SELECT id FROM exclusion")
    assert client.ask("DELETE", f"{path}/{one.id}", if_match=seen).status_code == 412
    again = client.ask("DELETE", f"{path}/{one.id}", if_match=made.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (200, client.etag(experiment))
    assert len({seen, made.headers["ETag"], again.headers["ETag"]}) == 3


@on_both_databases
def test_what_changes_nothing_makes_no_version(client: Client) -> None:
    world, project = client.world, client.project
    (experiment,) = world.running(project, 1)
    before = client.etag(experiment)
    note = client.ask("POST", f"{path_of(experiment)}/notes", {"note": "Wait for June."})
    refused = client.ask("POST", names_path(experiment), {"status": "archived"})
    already = client.ask("PATCH", integers_path(project, experiment), {"status": 1})
    same = client.ask("PATCH", path_of(experiment), {"name": experiment.name})
    assert [each.status_code for each in (note, refused, already, same)] == [201, 409, 200, 200]
    assert {already.headers["ETag"], same.headers["ETag"], client.etag(experiment)} == {before}


def path_of(experiment: Experiment) -> str:
    return f"/api/admin/experiments/{experiment.public_id}"


def test_a_new_experiment_and_a_clone_come_with_their_etag(client: Client) -> None:
    made = client.ask("POST", "/api/admin/experiments", {"name": "Banner"})
    read = client.ask("GET", made.headers["Location"])
    assert made.headers["ETag"] == read.headers["ETag"]
    cloned = client.ask("POST", f"{made.headers['Location']}/clone", {})
    assert cloned.headers["ETag"] == client.ask("GET", cloned.headers["Location"]).headers["ETag"]
    assert cloned.headers["ETag"] != made.headers["ETag"]


Start = Callable[[Client, Experiment, str], TestResponse]


def by_integer(client: Client, experiment: Experiment, if_match: str) -> TestResponse:
    path = integers_path(client.project, experiment)
    return client.ask("PATCH", path, {"status": 1}, if_match)


def by_name(client: Client, experiment: Experiment, if_match: str) -> TestResponse:
    return client.ask("POST", names_path(experiment), {"status": "running"}, if_match)


by_each_contract = pytest.mark.parametrize("start", [by_integer, by_name])


@on_both_databases
@by_each_contract
def test_a_start_of_what_was_seen_with_less_traffic_is_refused_and_told_who_gave_it_more(
    client: Client, start: Start
) -> None:
    experiment = client.world.experiment(client.project)
    seen = client.one("PATCH", experiment, body={"traffic_allocation": 5})
    client.one("PATCH", experiment, body={"traffic_allocation": 100, "minimum_days": 3})
    answer = start(client, experiment, seen)
    body: Any = answer.json
    assert answer.status_code == 412
    sentence = body.get("detail", body["error"])
    assert sentence.startswith(
        "It was changed after you looked: traffic, minimum of days edited by deploys at "
    )
    (told,) = body["refusal"]["changes"]
    assert (told["kind"], told["api_key"], told["person"]) == ("edited", "deploys", None)
    assert told["changes"][0] == {"field": "traffic_allocation", "before": 500, "after": 10000}
    assert client.world.reload(experiment).status is DRAFT
    assert client.world.entries(experiment)[-1].kind is Kind.REFUSED
    assert start(client, experiment, client.etag(experiment)).status_code == 200


def test_a_stamp_asks_for_the_status_alone(client: Client) -> None:
    (experiment,) = client.world.running(client.project, 1)
    stamp = f'"{token_of(experiment.changed_at)}"'
    client.one("PATCH", experiment, body={"name": "Without the typo"})
    path = names_path(experiment)
    assert client.ask("POST", path, {"status": "stopped"}, stamp).status_code == 200
    assert client.ask("POST", path, {"status": "archived"}, stamp).status_code == 412


@pytest.mark.parametrize("action", ["resume", "redraft", "archive"])
def test_a_stamp_from_before_a_decision_drops_none_of_it(client: Client, action: str) -> None:
    experiment = client.world.experiment(client.project, STOPPED)
    before = client.stamp(experiment)
    path = f"/api/admin/experiments/{experiment.public_id}/actions"
    client.one("POST", experiment, "/actions/conclude", {"outcome": "lost"})
    answer = client.ask("POST", f"{path}/{action}", {}, before)
    assert answer.status_code == 412
    assert "It was decided how it ended" in (answer.json or {})["detail"]
    assert client.world.reload(experiment).conclusion == "lost"
    after = client.stamp(experiment)
    assert client.ask("POST", f"{path}/{action}", {}, after).status_code == 200


def test_several_changes_are_told_newest_first_and_a_swap_as_the_pause_that_it_was(
    client: Client,
) -> None:
    world, project = client.world, client.project
    (holder,) = world.running(project, 1)
    seen = client.etag(holder)
    world.swap(world.experiment(project), holder)
    client.one("PATCH", holder, body={"name": "Another"})
    answer = client.ask("POST", names_path(holder), {"status": "archived"}, seen)
    body: Any = answer.json
    told = [(each["kind"], each["from"], each["to"]) for each in body["refusal"]["changes"]]
    assert told == [("edited", "stopped", None), ("changed", "running", "stopped")]
    assert "name edited by deploys at" in body["detail"]
    assert "and 1 more before that" in body["detail"]


FITS = ["*", " * ", "{etag}", " {etag} ", '"a", {etag}', '{etag},"a"', ', {etag},, "b" ,']
FITS_NOT = ['""', '"a"', "W/{etag}", 'W/{etag}, "v0"', '"v0"', '"*"', '"v99999999999999999999"']
FITS_NOT += ['"v-1"', '"V1"', '"0"', '"99999999999999999"', '"9999999999999999999999"', '"v٣"']
NO_TAGS = [
    "",
    " ",
    "v1",
    "{etag}x",
    "{etag} {etag}",
    '"',
    '"a',
    "*, {etag}",
    "{etag}, *",
    "w/{etag}",
]
NO_TAGS += ["w/{etag}", ",", "W/", "null", '"a b"', '"a\x7f"']


@by_each_contract
@pytest.mark.parametrize("written", FITS)
def test_a_tag_of_what_there_is_lets_a_change_through(
    client: Client, start: Start, written: str
) -> None:
    experiment = client.world.experiment(client.project)
    assert start(client, experiment, filled(client, experiment, written)).status_code == 200


@by_each_contract
def test_a_tag_that_only_reads_as_the_same_number_is_412(client: Client, start: Start) -> None:
    experiment = client.world.experiment(client.project)
    tags = [client.etag(experiment), f'"{token_of(experiment.changed_at)}"']
    padded = [re.sub(r"\d+", r"0\g<0>", tag) for tag in tags]
    codes = [start(client, experiment, tag).status_code for tag in padded]
    assert codes == [412, 412]


@by_each_contract
@pytest.mark.parametrize("written", FITS_NOT)
def test_any_other_tag_is_412_and_changes_nothing(
    client: Client, start: Start, written: str
) -> None:
    experiment = client.world.experiment(client.project)
    answer = start(client, experiment, filled(client, experiment, written))
    body: Any = answer.json
    assert answer.status_code == 412
    assert body["refusal"]["code"] == "EXPERIMENT_CHANGED"
    assert body["refusal"]["ways_out"] == ["look_again"]
    assert client.world.reload(experiment).status is DRAFT


@by_each_contract
@pytest.mark.parametrize("written", NO_TAGS)
def test_what_is_no_list_of_tags_is_400_and_changes_nothing(
    client: Client, start: Start, written: str
) -> None:
    experiment = client.world.experiment(client.project)
    answer = start(client, experiment, filled(client, experiment, written))
    body: Any = answer.json
    assert (answer.status_code, body.get("code", "BAD_REQUEST")) == (400, "BAD_REQUEST")
    assert "If-Match is * or a list of entity tags" in body.get("detail", body["error"])
    assert client.world.reload(experiment).status is DRAFT


def test_a_change_that_would_not_heed_if_none_match_is_not_made(client: Client) -> None:
    experiment = client.world.experiment(client.project)
    changes: list[Change] = [
        ("PATCH", integers_path(client.project, experiment), {"status": 1}),
        ("POST", names_path(experiment), {"status": "running"}),
        ("POST", "/api/admin/goals", {"key": "sales", "name": "Sales"}),
    ]
    for method, path, body in changes:
        answer = client.ask(method, path, body, **{"If-None-Match": "*"})
        told: Any = answer.json
        said = "If-None-Match is for a change of a plan or of a project's limit."
        assert (answer.status_code, told.get("detail", told["error"])) == (400, said)
    assert client.world.reload(experiment).status is DRAFT
    assert client.world.execute("SELECT * FROM goal") == []


def filled(client: Client, experiment: Experiment, written: str) -> str:
    """The header's value: what a client sends in UTF-8 is read as Latin-1, byte by byte."""
    value = written.replace("{etag}", client.etag(experiment))
    return value.encode().decode("latin-1")


@by_each_contract
def test_that_there_is_no_such_experiment_goes_before_a_malformed_condition(
    client: Client, start: Start
) -> None:
    elsewhere = client.world.experiment(client.world.project())
    assert start(client, elsewhere, "v1").status_code == 404


@on_both_databases
def test_of_many_those_in_another_version_than_was_seen_are_refused(client: Client) -> None:
    drafts = [client.world.experiment(client.project) for _ in range(2)]
    versions = {each.key: int(client.etag(each).strip('"v')) for each in drafts}
    client.one("PATCH", drafts[0], body={"traffic_allocation": 50})
    body = {"ids": [each.key for each in drafts], "status": "running", "versions": versions}
    answer = client.ask("POST", "/api/admin/experiments/bulk", body)
    document: Any = answer.json
    assert answer.status_code == 207
    assert [each["outcome"] for each in document["items"]] == ["refused", "done"]
    assert document["items"][0]["refusal"]["code"] == "EXPERIMENT_CHANGED"


def test_the_version_of_what_is_not_asked_for_is_refused(client: Client) -> None:
    draft = client.world.experiment(client.project)
    body = {"ids": [draft.key], "status": "running", "versions": {"other": 1}}
    answer = client.ask("POST", "/api/admin/experiments/bulk", body)
    document: Any = answer.json
    assert (answer.status_code, document["code"]) == (422, "VALIDATION")
    assert document["detail"] == "other is not among ids."
    assert client.world.reload(draft).status is DRAFT
