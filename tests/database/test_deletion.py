"""Many rows are deleted some at a time."""

from app.database.deletion import delete_some
from app.database.transactions import writing
from app.models import Goal, table_of
from tests.conftest import on_both_databases
from tests.world import World


@on_both_databases
def test_only_so_many_rows_of_those_that_are_meant_go_at_once(world: World) -> None:
    mine, other = world.project(), world.project()
    for project in (mine, other):
        for key in ("order", "sign-up", "visit"):
            world.goal(project, key)
    goals = table_of(Goal)
    gone = []
    with world.app.app_context():
        for _ in range(3):
            with writing() as session:
                gone.append(delete_some(session, goals, goals.c.project_id == mine.id, most=2))
    assert gone == [2, 1, 0]
    left = world.execute("SELECT project_id FROM goal")
    assert {row.project_id for row in left} == {other.id}
