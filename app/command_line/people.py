"""Commands for people: their sign-ins, and who belongs to a project."""

import click

from app.accounts import users
from app.command_line.answers import COMMAND_LINE, OneLineGroup, answers_json
from app.command_line.asking import new_password
from app.lifecycle import StartsChoice
from app.models import Role
from app.tenancy import access_changes, projects

user_group = OneLineGroup("user", help="People who sign in.")
member_group = OneLineGroup("member", help="Who belongs to a project.")
password_option = click.option(
    "--password-stdin", is_flag=True, help="Take the password from stdin, and ask nobody."
)


@user_group.command("create")
@click.argument("email")
@click.option("--admin", is_flag=True, help="May manage plans and projects.")
@password_option
@answers_json
def create_user(email: str, *, admin: bool, password_stdin: bool) -> dict[str, object]:
    """Create a sign-in."""
    user = users.create(
        email, new_password(from_stdin=password_stdin), COMMAND_LINE, is_admin=admin
    )
    return {"email": user.email, "admin": user.is_admin}


@user_group.command("password")
@click.argument("email")
@password_option
@answers_json
def set_password(email: str, *, password_stdin: bool) -> dict[str, object]:
    """Give somebody a new password, and end their sessions."""
    password = new_password(from_stdin=password_stdin)
    return {"email": users.set_password(email, password, COMMAND_LINE).email}


@member_group.command("add")
@click.argument("project_key")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option(
    "--starts",
    type=click.Choice([starts.value for starts in StartsChoice]),
    help="What becomes of the starts that a new viewer has planned.",
)
@answers_json
def add_member(project_key: str, email: str, role: str, starts: str | None) -> dict[str, object]:
    """Make somebody a member, or change a member's role."""
    put = access_changes.put_member(
        projects.by_key(project_key).id,
        email,
        Role(role),
        COMMAND_LINE,
        StartsChoice(starts) if starts else None,
    )
    return {"project": project_key, "email": put.email, "role": role}
