"""Commands for people: their sign-ins, and who belongs to a project."""

from collections.abc import Iterator

import click

from app.accounts import password_links, people, users
from app.accounts.password_links import Made
from app.accounts.people import Listed
from app.command_line.answers import COMMAND_LINE, OneLineGroup, answers_json
from app.command_line.asking import new_password
from app.lifecycle import StartsChoice
from app.models import Role
from app.notifications.mail import password_mails
from app.tenancy import access_changes, departures, projects
from app.tenancy.departures import KeysChoice
from app.web.settings import mail_terms

user_group = OneLineGroup("user", help="People who sign in.")
member_group = OneLineGroup("member", help="Who belongs to a project.")
password_option = click.option(
    "--password-stdin", is_flag=True, help="Take the password from stdin, and ask nobody."
)

starts_option = click.option(
    "--starts",
    type=click.Choice([starts.value for starts in StartsChoice]),
    help="What becomes of the starts that somebody has planned who may start nothing any more.",
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
@starts_option
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


@user_group.command("list")
@answers_json
def list_users() -> dict[str, object]:
    """List who signs in, with their projects and when they were last seen."""
    return {"users": [_listed(person) for person in _everybody()]}


@user_group.command("invite")
@click.argument("email")
@click.option("--admin", is_flag=True, help="May manage plans, projects and people.")
@answers_json
def invite_user(email: str, *, admin: bool) -> dict[str, object]:
    """Add somebody, and print, and mail, the way to choose a password."""
    return _link(password_links.invite(email, COMMAND_LINE, is_admin=admin))


@user_group.command("link")
@click.argument("email")
@answers_json
def link_user(email: str) -> dict[str, object]:
    """Print, and mail, the way to choose another password."""
    return _link(password_links.make(people.by_email(email).id, COMMAND_LINE))


@user_group.command("deactivate")
@click.argument("email")
@starts_option
@click.option("--successor", default="", help="Who takes over what they own, by e-mail.")
@click.option(
    "--serving-keys",
    type=click.Choice([choice.value for choice in KeysChoice]),
    help="What becomes of the server and client keys that they made.",
)
@answers_json
def deactivate_user(
    email: str, starts: str | None, successor: str, serving_keys: str | None
) -> dict[str, object]:
    """End all of somebody's access at once."""
    left = departures.deactivate(
        people.by_email(email).id,
        COMMAND_LINE,
        StartsChoice(starts) if starts else None,
        successor,
        KeysChoice(serving_keys) if serving_keys else None,
    )
    return {"email": email, "left": [each.key for each in left]}


@user_group.command("reactivate")
@click.argument("email")
@answers_json
def reactivate_user(email: str) -> dict[str, object]:
    """Let somebody sign in again, once they have chosen a password by a new link."""
    return {"email": departures.reactivate(people.by_email(email).id, COMMAND_LINE)}


@user_group.command("admin")
@click.argument("email")
@click.option("--no", "unmake", is_flag=True, help="No admin any more.")
@answers_json
def set_admin(email: str, *, unmake: bool) -> dict[str, object]:
    """Make somebody an admin, or none any more."""
    person = people.by_email(email)
    changed = people.set_admin(person.id, COMMAND_LINE, is_admin=not unmake)
    return {"email": changed, "admin": not unmake}


def _everybody() -> Iterator[Listed]:
    after: str | None = ""
    while after is not None:
        page = people.listed(after=after)
        yield from page.people
        after = page.next_after


def _listed(person: Listed) -> dict[str, object]:
    roles = {project.key: role for project, role in people.memberships(person.id)}
    return {
        "email": person.email,
        "admin": person.is_admin,
        "deactivated": person.deactivated_at is not None,
        "last_seen_at": person.last_seen_at and person.last_seen_at.isoformat(timespec="seconds"),
        "projects": roles,
    }


def _link(made: Made) -> dict[str, object]:
    """Return where somebody chooses a password, on whatever address the server has.

    It is mailed to them where there is a server for that.
    """
    terms = mail_terms()
    fault = password_mails.send(made, terms) if terms else ""
    return {
        "email": made.email,
        "path": f"/choose-password?token={made.token}",
        "until": made.expires_at.isoformat(timespec="seconds"),
        "mailed": terms is not None and not fault,
        **({"fault": fault} if fault else {}),
    }
