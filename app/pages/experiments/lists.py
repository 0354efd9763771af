"""What lists of experiments share: the view that an address names, and what an empty one says."""

from dataclasses import dataclass, replace
from typing import Any

from flask import request

from app.experiments import filters
from app.experiments.search import LONGEST_SEARCH, Page, Tab, View
from app.models import names
from app.pages.common import cursors
from app.pages.experiments import filter_form


@dataclass(frozen=True)
class Empty:
    """What a list without rows says, and the `link` to what can be done about it."""

    title: str
    about: str = ""
    link: str = ""
    address: str = ""


def searched() -> str:
    """Return what the address searches for; of invisible characters alone nothing is left."""
    text = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    return text if names.folded(text) else ""


def address(endpoint: str, view: View, *, opens_filter: bool = False, **more: Any) -> str:  # noqa: ANN401
    """Return where a view is shown.

    What is as usual is left out, so that the address stays short.
    """
    return cursors.address(
        endpoint,
        view.after,
        status=None if view.tab is Tab.ALL else view.tab,
        q=view.search or None,
        **filter_form.query(view.filters),
        filter="open" if opens_filter else None,
        **more,
    )


def following(view: View, page: Page) -> View | None:
    """Return the view of the page after one, None after the last."""
    return replace(view, after=page.next_after) if page.next_after else None


def is_narrowed(view: View) -> bool:
    """Return whether a view leaves anything out."""
    return view != View(sort=view.sort)


def nothing_found(view: View, where: str, link: str = "", everything: str = "") -> Empty:
    """Return what a view says that leaves out all there is; `link` leads to `everything`."""
    if view.search:
        why = f"Nothing {where} has “{view.search}” in its name, key or address."
    elif view.filters != filters.ALL:
        why = f"Nothing {where} passes the filter."
    else:
        why = ""
    return Empty("No experiments here.", why, link, everything)
