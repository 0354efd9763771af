"""Demand for slots over time, for admins: a picture and a table for each plan, and all as CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.pages.admin.demand_chart import DemandChart, chart
from app.pages.common import spreadsheets
from app.pages.common.callers import admin
from app.pages.common.words.phrases import counted
from app.tenancy import demand
from app.tenancy.demand import OfProject, OnDay

blueprint = Blueprint("admin_demand", __name__, url_prefix="/admin/demand")

MOST_LISTED = 20
COLUMNS = ("day", "plan_code", "plan", "project_key", "project", "refusals", "requests")


@dataclass(frozen=True)
class ShownProject:
    """A project in a table: how many starts were refused, and how many asked for slots."""

    key: str
    name: str
    refusals: int
    requests: int


@dataclass(frozen=True)
class ShownPlan:
    """A plan with the chart of its weeks, what that shows in words, and its projects.

    `weeks` are its numbers, by the day on which each began; `is_cut` where it has more projects.
    """

    code: int
    name: str
    chart: DemandChart
    described: str
    projects: Sequence[ShownProject]
    weeks: Sequence[tuple[date, int, int]]
    is_cut: bool


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the demand of the latest weeks, of all projects or of one."""
    admin()
    mondays, wanted = demand.weeks(), request.args.get("project", "")
    found = [each for each in demand.by_week(mondays) if wanted in ("", each.project_key)]
    by_plan = groupby(found, key=lambda each: each.plan_code)
    return render_template(
        "admin/demand.html",
        plans=[_shown(list(each), mondays) for _, each in by_plan],
        project=next((each.project_name for each in found if wanted), ""),
        is_of_one=bool(wanted),
        since=mondays[0],
    )


@blueprint.get("/demand.csv")
def table() -> Response:
    """Give all that was counted, day by day, as a file for spreadsheets."""
    admin()
    return spreadsheets.file("demand.csv", stream_with_context(_rows()))


def _rows() -> Iterator[str]:
    yield spreadsheets.written([COLUMNS])
    for days in spreadsheets.read_on(demand.exported()):
        yield spreadsheets.written(_row(each) for each in days)


def _row(each: OnDay) -> tuple[object, ...]:
    return (
        each.day.isoformat(),
        each.plan_code,
        each.plan_name,
        each.project_key,
        each.project_name,
        each.refusals,
        each.requests,
    )


def _shown(projects: Sequence[OfProject], mondays: Sequence[date]) -> ShownPlan:
    refusals = [sum(week) for week in zip(*(each.refusals for each in projects), strict=True)]
    requests = [sum(week) for week in zip(*(each.requests for each in projects), strict=True)]
    most_first = sorted(projects, key=lambda each: -sum(each.refusals) - sum(each.requests))
    return ShownPlan(
        projects[0].plan_code,
        projects[0].plan_name,
        chart(mondays, refusals, requests),
        f"{_said(refusals, 'refused start')} and {_said(requests, 'request')} in {len(mondays)} "
        "weeks. The numbers are in the tables beside it.",
        [_project(each) for each in most_first[:MOST_LISTED]],
        list(zip(mondays, refusals, requests, strict=True)),
        len(projects) > MOST_LISTED,
    )


def _project(each: OfProject) -> ShownProject:
    return ShownProject(each.project_key, each.project_name, sum(each.refusals), sum(each.requests))


def _said(counts: Sequence[int], noun: str) -> str:
    return counted(sum(counts), noun)
