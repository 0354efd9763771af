from flask.testing import FlaskClient

from app.models import Status
from tests.world import World


def test_start(world: World, client: FlaskClient) -> None:
    project = world.project()
    experiment = world.experiment(project)
    answer = client.patch(
        f"/v2/project/{project.key}/experiment/{experiment.test_id}/status",
        json={"status": 1},
        headers={"x-api-key": world.key(project)},
    )
    assert answer.json == {"success": True, "test_id": experiment.test_id, "status": 1}
    assert world.reload(experiment).status is Status.RUNNING
