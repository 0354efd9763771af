"""Whose learnings a page shows, and where each view of them is."""

from dataclasses import dataclass

from flask import request, url_for

from app.accounts.caller import Caller
from app.experiments.filters import Scope
from app.learnings import quarters, scopes
from app.learnings.listing import View
from app.pages.common.callers import member, signed_in
from app.pages.experiments import filter_form

PAGE, TABLE, SHEETS = "show", "table", "sheets"


@dataclass(frozen=True)
class Reach:
    """The learnings of one project, or of all that the reader may see, where `caller` is None.

    Of an admin some of these are projects whose pages they may not open: `opened` are the others.
    """

    scope: Scope
    blueprint: str
    reader_id: int | None
    opened: frozenset[int] | None = None
    caller: Caller | None = None

    def may_open(self, project_id: int) -> bool:
        """Return whether the reader may open a project's pages."""
        return self.opened is None or project_id in self.opened

    def address(self, view: View, what: str = PAGE, *, opens_filter: bool = False) -> str:
        """Return where a view is shown as a page, as a file, or as sheets to print."""
        where = {"project_key": self.caller.project_key} if self.caller else {}
        return url_for(
            f"{self.blueprint}.{what}",
            **where,
            quarter=str(view.quarter) if view.quarter else None,
            **filter_form.query(view.filters),
            filter="open" if opens_filter else None,
        )


def of_project(project_key: str) -> Reach:
    """Return the reach of a project; raises what `member` raises."""
    caller = member(project_key)
    return Reach(caller.project_id, "learnings", caller.user_id, caller=caller)


def of_reader() -> Reach:
    """Return the reach of all projects that the signed-in user may see; Unauthenticated."""
    user = signed_in()
    opened = scopes.projects_of_member(user.id) if user.is_admin else None
    scope = scopes.of_reader(user.id, is_admin=user.is_admin)
    return Reach(scope, "all_learnings", user.id, opened)


def asked() -> View:
    """Return the view that the address names; what it does not know lets all through."""
    return View(filter_form.asked(), quarters.read(request.args.get("quarter", "")))
