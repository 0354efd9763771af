"""The caller of an HTML door."""

from typing import cast

from flask_login import current_user

from app.accounts import access
from app.accounts.caller import Caller
from app.core.errors import Forbidden, Unauthenticated
from app.models import Actor, Door, Role
from app.web.sessions.sessions import SignedIn


def signed_in() -> SignedIn:
    """Return the signed-in user; Unauthenticated without one."""
    if not current_user.is_authenticated:
        raise Unauthenticated("Sign in first.")
    return cast("SignedIn", current_user)


def member(project_key: str, role: Role = Role.VIEWER) -> Caller:
    """Return the signed-in user in a project.

    Raises Unauthenticated, NotFound for somebody who is not a member, and Forbidden for a member
    whose role does not cover `role`.
    """
    caller = access.as_reader(signed_in().id, project_key)
    caller.require(role)
    return caller


def admin() -> SignedIn:
    """Return the signed-in admin; Unauthenticated or Forbidden for anybody else."""
    user = signed_in()
    if not user.is_admin:
        raise Forbidden("This page is for admins.")
    return user


def acting_admin() -> Actor:
    """Return the signed-in admin as history names them; raises what `admin` raises."""
    return Actor(Door.BROWSER, user_id=admin().id)
