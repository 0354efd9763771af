"""The command line when it cannot: one clear line on stderr, a failure, and nothing changed."""

import pytest

from tests.command_line import complaint, printed
from tests.conftest import MakeApp, on_both_databases
from tests.world import PASSWORD, World

MISTAKES: list[tuple[str, str]] = [
    ("user create", "EMAIL"),
    ("user create a@b.test", "--password-stdin"),
    ("user create nobody --password-stdin", "not an e-mail"),
    ("user create {email} --password-stdin", "already"),
    ("user delete a@b.test", "delete"),
    ("user create a@b.test --password-stdin --owner", "--owner"),
    ("plan set", "CODE"),
    ("plan set 300", "--name"),
    ("plan set free --name Free", "free"),
    ("plan set 0 --name Free", "from 1"),
    ("plan set 300 --name Free --experiments-running few", "few"),
    ("plan set 300 --name Free --experiments-running -1", "from 0"),
    ("plan set 300 --name Free --experiments-running 2 --unlimited", "not both"),
    ("plan set 300 --name ", "name"),
    ("project create Shop", "--plan"),
    ("project create Shop --plan 999", "no such plan"),
    ("project create Shop --plan free", "free"),
    ("project create  --plan {plan}", "name"),
    ("member add none {email} --role viewer", "Project not found"),
    ("member add {project} nobody@b.test --role viewer", "Nobody signs in"),
    ("member add {project} nobody --role viewer", "not an e-mail"),
    ("member add {project} {email} --role admin", "admin"),
    ("member add {project} {email}", "--role"),
    ("member add {project}", "EMAIL"),
    ("experiment create none Banner", "Project not found"),
    ("experiment create {project}", "NAME"),
    ("experiment create {project} Banner --key Banner", "key"),
    ("experiment create {project} Banner --key taken", "taken"),
    ("experiment create {project} Banner --url shop", "address"),
    ("experiment create {project} ", "name"),
    ("key create none --type admin", "Project not found"),
    ("key create {project}", "--type"),
    ("goal create {project} Not-a-key", "small letters"),
    ("goal create {project} buy --wanted most", "most"),
    ("goal create nowhere buy", "Project not found"),
    ("experiment create {project} Banner --goal nothing", "no goal nothing"),
    ("key create {project} --type reader", "reader"),
    ("key create {project} --type admin --name ", "name"),
    ("key create {project} --type admin --scope all", "all"),
    ("key create {project} --type client --scope read", "Only admin keys have scopes"),
    ("key create {project} --type admin --expires-in-days 0", "0"),
    ("key create {project} --type admin --expires-in-days 3651", "3650"),
    ("demo", "empty database"),
    ("demo now", "now"),
    ("demo --force", "--force"),
]


@pytest.mark.parametrize(("command", "fault"), MISTAKES, ids=[each for each, _ in MISTAKES])
def test_a_mistake_is_one_line_and_changes_nothing(world: World, command: str, fault: str) -> None:
    project = world.project()
    email = world.member(project)
    world.experiment(project, name="taken")
    words = {"email": email, "project": project.key, "plan": project.plan_code}
    counts = "SELECT (SELECT count(*) FROM user_account), (SELECT count(*) FROM project),"
    counts += " (SELECT count(*) FROM experiment), (SELECT count(*) FROM api_key),"
    counts += " (SELECT count(*) FROM membership), (SELECT count(*) FROM plan)"
    before = world.execute(counts)
    arguments = [part.format(**words) for part in command.split(" ")]
    assert fault in complaint(world, *arguments, stdin=PASSWORD)
    assert world.execute(counts) == before


@on_both_databases
@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("plan set 2147483648 --name Free", "2147483647"),
        ("plan set 99999999999999999999 --name Free", "2147483647"),
        ("plan set 300 --name Free --experiments-running 3000000000", "2147483647"),
        ("project create Shop --plan 2147483648", "no such plan"),
        ("project create Shop --plan 99999999999999999999", "no such plan"),
        ("project create Shop --plan -1", "no such plan"),
    ],
)
def test_a_number_that_no_column_holds_is_one_line(world: World, command: str, fault: str) -> None:
    assert fault in complaint(world, *command.split(" "))


@pytest.mark.parametrize(
    "stdin",
    ["", "\n", "123456789", "x" * 201, b"\xff\xfe" * 10],
    ids=["empty", "empty line", "short", "long", "not utf-8"],
)
def test_a_password_that_will_not_do_is_one_line(world: World, stdin: str | bytes) -> None:
    complaint(world, "user", "create", "a@b.test", "--password-stdin", stdin=stdin)
    assert world.execute("SELECT count(*) FROM user_account") == [(0,)]


def test_the_last_owner_is_not_made_a_marketer(world: World) -> None:
    project, email = world.project(), world.user()
    printed(world, "member", "add", project.key, email, "--role", "owner")
    line = complaint(world, "member", "add", project.key, email, "--role", "marketer")
    assert "at least one owner" in line


@on_both_databases
def test_a_database_without_tables_is_one_line(world: World) -> None:
    world.execute("ALTER TABLE plan RENAME TO gone")
    line = complaint(world, "project", "create", "Shop", "--plan", "300")
    assert "flask --app wsgi db upgrade" in line


def test_a_server_that_cannot_be_reached_is_said_to_be_that(make_app: MakeApp) -> None:
    world = World(make_app(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"))
    line = complaint(world, "project", "create", "Shop", "--plan", "300")
    assert line.startswith("Error: The database cannot be used: ")
    assert "upgrade" not in line
