"""Answers to requests for slots: granting is one step with what it gives, and asked about first."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.errors import Conflict, InvalidInput, NotFound
from app.lifecycle import StartsChoice
from app.models import CauseKind, Experiment, Project, RequestOutcome, Role, Status, now
from app.tenancy import departures, slot_answers, slot_requests
from app.tenancy.agreements import TO_NONE, Consent, NotAgreed
from app.tenancy.slot_answers import Answered
from tests.conftest import on_both_databases
from tests.world import QUEUE_UNTIL, World

SOON = now() + timedelta(days=1)


def asked(world: World, project: Project) -> tuple[int, str, Experiment]:
    """A request: its number, who asked, and for what."""
    email, draft = world.member(project), world.experiment(project)
    with world.app.app_context():
        slot_requests.ask(project.id, draft.test_id, world.person(email), QUEUE_UNTIL)
    (row,) = world.execute("SELECT max(id) AS id FROM slot_request")
    return row.id, email, draft


def seen_by(world: World, email: str) -> list[Answered]:
    with world.app.app_context():
        return list(slot_answers.of_reader(world.person(email).user_id or 0))


@on_both_databases
def test_granted_by_another_limit_it_starts_what_is_agreed_to_and_is_answered(
    world: World,
) -> None:
    project, admin = world.project(limit=0), world.person(world.user(admin=True))
    request_id, email, draft = asked(world, project)
    grant = slot_answers.grant_override
    with world.app.app_context():
        with pytest.raises(NotAgreed) as not_agreed:
            grant(request_id, 1, SOON, "For the fair", admin, TO_NONE)
        assert slot_requests.count() == 1
        assert world.execute("SELECT 1 FROM plan_override") == []
        agreed = Consent(not_agreed.value.effects.token)
        granted = grant(request_id, 1, SOON, "For the fair", admin, agreed)
        assert slot_requests.count() == 0
    assert [each.test_id for each in granted.started] == [draft.test_id]
    assert world.entries(draft)[-1].cause is CauseKind.RAISED_LIMIT
    (answer,) = seen_by(world, email)
    assert (answer.outcome, answer.answer) == (RequestOutcome.GRANTED, "For the fair")
    assert world.execute("SELECT reason FROM plan_override") == [("For the fair",)]


@on_both_databases
def test_granted_by_another_plan_it_starts_and_is_answered(world: World) -> None:
    project, admin = world.project(limit=0), world.person(world.user(admin=True))
    request_id, email, draft = asked(world, project)
    with world.app.app_context():
        slot_answers.grant_plan(request_id, world.plan(3), "", admin)
    assert world.reload(draft).status is Status.RUNNING
    assert [each.outcome for each in seen_by(world, email)] == [RequestOutcome.GRANTED]


@on_both_databases
def test_what_cannot_be_given_leaves_the_request_open(world: World) -> None:
    project, admin = world.project(limit=0), world.person(world.user(admin=True))
    request_id, *_ = asked(world, project)
    with world.app.app_context():
        with pytest.raises(InvalidInput):
            slot_answers.grant_plan(request_id, 1, "", admin)
        with pytest.raises(InvalidInput):
            slot_answers.decline(request_id, " ", admin)
        assert slot_requests.count() == 1


def test_what_is_given_is_taken_back_where_the_request_cannot_be_closed(world: World) -> None:
    project, admin = world.project(limit=0), world.person(world.user(admin=True))
    request_id, _, draft = asked(world, project)
    world.execute(
        "CREATE TRIGGER stays_open BEFORE UPDATE ON slot_request"
        " BEGIN SELECT RAISE(ABORT, 'it stays open'); END"
    )
    with world.app.app_context(), pytest.raises(IntegrityError):
        slot_answers.grant_override(request_id, 1, SOON, "", admin)
    assert world.execute("SELECT 1 FROM plan_override") == []
    assert world.reload(draft).status is Status.DRAFT


def test_what_is_answered_is_granted_no_more(world: World) -> None:
    project, admin = world.project(limit=0), world.person(world.user(admin=True))
    request_id, *_ = asked(world, project)
    with world.app.app_context():
        slot_answers.decline(request_id, "Not before June.", admin)
        with pytest.raises(Conflict):
            slot_answers.grant_override(request_id, 1, SOON, "", admin)
    assert world.execute("SELECT 1 FROM plan_override") == []


@on_both_databases
def test_an_answer_is_seen_by_whoever_asked_until_they_dismiss_it(world: World) -> None:
    project, admin = world.project(limit=0), world.person(world.user(admin=True))
    request_id, email, _ = asked(world, project)
    colleague = world.member(project, Role.OWNER)
    with world.app.app_context():
        slot_answers.decline(request_id, "Not before June.", admin)
    pages = ("/", f"/projects/{project.key}")
    theirs, others = world.browser(email), world.browser(colleague)
    for path in pages:
        assert "Not before June." in theirs.get(path).text
        assert "Not before June." not in others.get(path).text
    dismiss = f"/projects/{project.key}/answers/{request_id}/dismiss"
    assert others.submit(dismiss).status_code == 404
    etags = {path: theirs.get(path).headers["ETag"] for path in pages}
    assert theirs.submit(dismiss, back="/").location == "/"
    for path, etag in etags.items():
        assert theirs.get(path, HX_Request="true", If_None_Match=etag).status_code == 200
        assert "Not before June." not in theirs.get(path).text


@on_both_databases
def test_who_is_deactivated_has_no_open_request_and_it_is_said_why(world: World) -> None:
    project, admin = world.project(limit=0), world.person(world.user(admin=True))
    _, email, _ = asked(world, project)
    with world.app.app_context():
        user_id = world.person(email).user_id or 0
        departures.deactivate(user_id, admin, StartsChoice.DROP)
        assert slot_requests.count() == 0
    (entry,) = world.execute("SELECT * FROM audit_entry WHERE kind = 'request withdrawn'")
    assert (entry.subject, entry.detail) == (email, f"{email} was deactivated.")


def test_there_is_no_answer_to_what_nobody_asked(world: World) -> None:
    admin = world.person(world.user(admin=True))
    with world.app.app_context(), pytest.raises(NotFound):
        slot_answers.decline(7, "No.", admin)


@pytest.mark.parametrize("limit", [2, 1])
def test_nobody_is_told_of_more_slots_where_there_are_none(world: World, limit: int) -> None:
    project, admin = world.project(limit=2), world.person(world.user(admin=True))
    world.running(project, 2)
    request_id, email, _ = asked(world, project)
    with world.app.app_context():
        with pytest.raises(InvalidInput, match="no more than before"):
            slot_answers.grant_override(request_id, limit, SOON, "", admin)
        with pytest.raises(InvalidInput, match="no more than before"):
            slot_answers.grant_plan(request_id, project.plan_code, "", admin)
        assert slot_requests.count() == 1
    assert seen_by(world, email) == []
    assert world.execute("SELECT 1 FROM plan_override") == []


def test_more_answers_than_are_shown_come_as_others_are_dismissed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_answers, "MOST_SHOWN", 1)
    project, admin = world.project(limit=0), world.person(world.user(admin=True))
    email, draft = world.member(project), world.experiment(project)
    for answer in ("First", "Second"):
        with world.app.app_context():
            slot_requests.ask(project.id, draft.test_id, world.person(email), QUEUE_UNTIL)
            (row,) = world.execute("SELECT max(id) AS id FROM slot_request")
            slot_answers.decline(row.id, answer, admin)
    (newest,) = seen_by(world, email)
    assert newest.answer == "Second"
    with world.app.app_context():
        slot_answers.dismiss(newest.id, project.id, world.person(email))
    assert [each.answer for each in seen_by(world, email)] == ["First"]
