"""Each command, by what it does on the server and what it says."""

import json

from app.models import Project, Status
from tests.clients.switchyard.job import Job
from tests.world import World

HALF = {
    "variants": [{"key": "control", "weight": 5000}, {"key": "green", "weight": 5000}],
    "traffic_allocation": 50,
}


def test_experiments_are_listed_by_status_and_by_words(
    world: World, project: Project, job: Job
) -> None:
    world.experiment(project, name="Red button")
    live = world.experiment(project, Status.RUNNING, "Green button")
    world.experiment(project, Status.RUNNING, "Banner")

    for word in ("running", "live", "Live"):
        found = job.experiments("list", "--status", word, "--search", "button")

        assert found.code == 0
        assert found.said.split() == ["Live", live.key, live.public_id, "Green", "button"]


def test_experiments_are_listed_by_owner_and_tag(world: World, project: Project, job: Job) -> None:
    owner = world.member(project)
    job.experiments("create", "theirs", "--owner", owner, "--tag", "shop")
    job.experiments("create", "tagged", "--tag", "shop")
    job.experiments("create", "owned", "--owner", owner)

    found = job.experiments("list", "--owner", owner, "--tag", "shop", "--json").document

    assert [each["key"] for each in found["data"]] == ["theirs"]


def test_archived_experiments_are_listed_by_their_status_alone(
    world: World, project: Project, job: Job
) -> None:
    archived = world.experiment(project, Status.ARCHIVED)

    assert job.experiments("list").said.strip() == ""
    assert archived.public_id in job.experiments("list", "--status", "archived").said


def test_all_pages_of_a_list_are_one_list(world: World, job: Job, project: Project) -> None:
    names = world.crowd(project, 501)

    listed = job.experiments("list", "--json").document

    assert sorted(each["name"] for each in listed["data"]) == sorted(names)


def test_an_experiment_is_shown_by_its_key_with_what_may_be_done(
    world: World, project: Project, job: Job
) -> None:
    shown = world.experiment(project, Status.STOPPED, "Red button")

    card = job.experiments("show", shown.key)

    lines = dict(line.split(maxsplit=1) for line in card.said.splitlines())
    assert card.code == 0
    assert lines["status"] == "Paused"
    assert lines["id"] == shown.public_id
    assert lines["may"] == "resume, redraft, archive, ship, conclude"


def test_an_experiment_is_created_with_a_design_from_standard_input(
    world: World, project: Project, job: Job
) -> None:
    owner = world.member(project)
    texts = ("--key", "green", "--url", "https://shop.test/", "--owner", owner)

    created = job.experiments(
        *("create", "Green button", *texts, "--tag", "shop", "--tag", "spring"),
        *("--design", "-", "--json"),
        sent=json.dumps(HALF),
    )

    assert created.code == 0
    shown = job.experiments("show", created.document["id"], "--json").document
    assert (shown["name"], shown["key"], shown["status"]) == ("Green button", "green", "draft")
    assert (shown["url"], shown["owner"]) == ("https://shop.test/", owner)
    assert shown["tags"] == ["shop", "spring"]
    assert shown["traffic_allocation"] == 50
    assert [each["key"] for each in shown["variants"]] == ["control", "green"]


def test_an_experiment_goes_through_its_life(world: World, project: Project, job: Job) -> None:
    experiment = world.experiment(project)

    said = [
        job.experiments(*command)
        for command in (
            ("start", experiment.key, "--reason", "At nine."),
            ("pause", experiment.public_id),
            ("resume", experiment.key),
            ("pause", experiment.key),
            ("archive", experiment.key, "--outcome", "won"),
        )
    ]

    assert [each.code for each in said] == [0] * 5
    assert [each.said.split(maxsplit=1)[1] for each in said] == [
        *("is Live.\n", "is Paused.\n", "is Live.\n", "is Paused.\n", "is Archived.\n")
    ]
    assert [target for _, target, _ in world.history(experiment)] == [
        *(Status.RUNNING, Status.STOPPED, Status.RUNNING, Status.STOPPED, Status.ARCHIVED)
    ]
    assert world.entries(experiment)[0].reason == "At nine."
    assert job.experiments("show", experiment.key, "--json").document["outcome"] == "won"


def test_traffic_is_raised_once_and_never_falls(world: World, project: Project, job: Job) -> None:
    live = world.partly_live(project)
    command = ("raise-traffic", live.key, "--to")

    said = [job.experiments(*command, share) for share in ("50", "50", "20")]

    assert [each.code for each in said] == [0, 0, 1]
    assert [each.said for each in said] == [
        f"{live.public_id} has 50 % of its visitors.\n",
        f"{live.public_id} has 50 % of its visitors already.\n",
        "",
    ]
    assert "Traffic only rises" in said[2].complained


def test_a_draft_is_discarded_and_not_archived(world: World, project: Project, job: Job) -> None:
    draft = world.experiment(project)

    assert job.experiments("archive", draft.key).code == 1
    assert job.experiments("discard", draft.key).code == 0
    assert world.reload(draft).status is Status.ARCHIVED


def test_a_swap_starts_one_and_pauses_the_other(world: World, project: Project, job: Job) -> None:
    holder, _ = world.running(project, 2)
    draft = world.experiment(project)

    swapped = job.experiments("swap", draft.key, "--pause", holder.key)

    assert swapped.code == 0
    assert swapped.said == f"{draft.public_id} is Live. {holder.public_id} is not.\n"
    assert world.reload(draft).status is Status.RUNNING
    assert world.reload(holder).status is Status.STOPPED


def test_what_finds_no_slot_waits_in_the_queue_and_leaves_it(
    world: World, project: Project, job: Job
) -> None:
    world.running(project, 2)
    world.queued(project, 1)
    draft = world.experiment(project)

    queued = job.experiments("queue", draft.key)
    left = job.experiments("queue", draft.key, "--leave")

    assert queued.said == f"{draft.public_id} waits in the queue: 2 of 2.\n"
    assert (left.code, left.said) == (0, f"{draft.public_id} is Draft.\n")
    assert draft.test_id not in world.line(project)


def test_what_finds_a_slot_is_live_at_once(world: World, project: Project, job: Job) -> None:
    draft = world.experiment(project)

    assert job.experiments("queue", draft.key).said == f"{draft.public_id} is Live.\n"


def test_what_can_never_measure_anything_is_warned_of(job: Job) -> None:
    design = json.dumps({"traffic_allocation": 0})
    job.experiments("create", "Nobody", "--key", "nobody", "--design", "-", sent=design)

    started = job.experiments("start", "nobody")

    assert started.code == 0
    assert started.complained.startswith("Warning: ")
