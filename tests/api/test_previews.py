"""Preview links under /v2 and /api/admin: one for each variant."""

from datetime import datetime, timedelta
from typing import Any

from app.models import Project, Role
from tests.world import World

PAGE = "https://shop.example/"


def links(world: World, project: Project, path: str) -> dict[str, Any]:
    answer = world.browser(world.member(project, Role.VIEWER)).get(path)
    assert answer.status_code == 200, answer.text
    found = dict(answer.json or {})
    assert found.pop("expires_at").endswith("Z")
    return found


def made(world: World, project: Project, **texts: str) -> int:
    body = {"test_name": "Banner", "status": 9, **texts}
    path = f"/v2/project/{project.key}/create-experiment"
    created = world.browser(world.member(project)).call("POST", path, body)
    return int((created.json or {})["test_id"])


def test_whoever_sees_the_experiment_gets_a_link_for_each_variant(world: World) -> None:
    project = world.project()
    test_id = made(world, project, url=PAGE)
    found = links(world, project, f"/v2/project/{project.key}/experiment/{test_id}/preview-urls")
    urls = [variant.pop("preview_url") for variant in found["variants"]]
    assert found == {
        "success": True,
        "test_id": test_id,
        "test_name": "Banner",
        "page_url": PAGE,
        "variants": [{"variant_id": 0, "name": "Control"}, {"variant_id": 1, "name": "Treatment"}],
    }
    assert len(set(urls)) == 2
    assert all(url.startswith(f"{PAGE}?switchyard_preview=") for url in urls)


def test_without_a_page_there_is_nothing_to_link_to(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/preview-urls"
    found = links(world, project, path)
    assert [each["preview_url"] for each in found["variants"]] == [None, None]


def test_under_api_admin_variants_are_named_by_their_keys(world: World) -> None:
    project = world.project()
    test_id = made(world, project, url=PAGE)
    (row,) = world.execute("SELECT public_id FROM experiment WHERE test_id = :id", id=test_id)
    found = links(world, project, f"/api/admin/experiments/{row.public_id}/preview-urls")
    urls = [variant.pop("preview_url") for variant in found["variants"]]
    assert all(url.startswith(f"{PAGE}?switchyard_preview=") for url in urls)
    assert found == {
        "id": row.public_id,
        "page_url": PAGE,
        "variants": [
            {"key": "control", "name": "Control"},
            {"key": "treatment", "name": "Treatment"},
        ],
    }


def test_what_is_archived_has_no_links(world: World) -> None:
    project = world.project()
    test_id = made(world, project, url=PAGE)
    path = f"/v2/project/{project.key}/experiment/{test_id}"
    browser = world.browser(world.member(project))
    assert browser.call("DELETE", path, {}).status_code == 200
    assert browser.get(f"{path}/preview-urls").status_code == 404
    (row,) = world.execute("SELECT public_id FROM experiment WHERE test_id = :id", id=test_id)
    found = links(world, project, f"/api/admin/experiments/{row.public_id}/preview-urls")
    assert {each["preview_url"] for each in found["variants"]} == {None}


def test_a_program_says_for_how_many_days_and_takes_back_what_was_handed_out(world: World) -> None:
    project = world.project()
    test_id = made(world, project, url=PAGE)
    (row,) = world.execute("SELECT public_id FROM experiment WHERE test_id = :id", id=test_id)
    path = f"/api/admin/experiments/{row.public_id}/preview-urls"
    browser = world.browser(world.member(project))
    answers = [browser.get(f"{path}?days={days}") for days in (0, 1, 30, 31)]
    assert [each.status_code for each in answers] == [422, 200, 200, 422]
    day, month = (datetime.fromisoformat((each.json or {})["expires_at"]) for each in answers[1:3])
    assert timedelta(days=28) < month - day < timedelta(days=30)
    assert browser.call("DELETE", path, {}).status_code == 200
    (entry,) = world.execute("SELECT detail FROM history WHERE kind = 'edited'")
    assert entry.detail == "preview links taken back"
