"""What an experiment lacks before it goes live. It warns; no start is refused for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ScalarSelect, exists, func, select

from app.accounts import asking, origins
from app.database.engine import db
from app.experiments.audiences import attributes, conditions
from app.experiments.audiences.conditions import Audience
from app.launch import nobody_meets
from app.launch.pages_under_test import Other, others_on
from app.lifecycle import SPLIT_FAULTS, splits
from app.models import (
    AskingFault,
    Experiment,
    GoalRole,
    Run,
    RunGoal,
    ScheduledChange,
    SplitFault,
    Status,
    live_since,
    now,
)
from app.results import durations
from app.results.outlook import SOON
from app.results.words import figures

TO_BE_SEEN = timedelta(hours=1)
"""How long what has gone live may be without an event before that is thought a fault."""


class Code(StrEnum):
    """What is looked at; stable, for programs."""

    VISITORS = "visitors"
    GOAL = "goal"
    KEY = "key"
    AUDIENCE = "audience"
    SCRIPT = "script"
    DURATION = "duration"
    PAGE = "page"
    STOP = "stop"


class State(StrEnum):
    """What was found: `never` where nothing can ever be measured, `unknown` where none can tell."""

    PASSED = "passed"
    MISSING = "missing"
    UNKNOWN = "unknown"
    NEVER = "never"


class Mend(StrEnum):
    """Where what is missing is mended; the pages make links of these."""

    DESIGN = "design"
    INSTALL = "install"
    EXPERIMENT = "experiment"
    SCHEDULE = "schedule"


@dataclass(frozen=True)
class Check:
    """One line: what was found, in one sentence, and where it is mended, None where all is well.

    `others` are the live experiments that test the same page.
    """

    code: Code
    state: State
    sentence: str
    mend: Mend | None = None
    others: tuple[Other, ...] = ()


@dataclass(frozen=True)
class LaunchCheck:
    """All lines, and why nobody can be compared, or nobody asks, if so.

    `only_variant` is the name of the variant that everybody sees, where there is one.
    """

    checks: tuple[Check, ...]
    split_fault: SplitFault | None
    only_variant: str | None
    asking_fault: AskingFault | None

    @property
    def faults(self) -> tuple[Check, ...]:
        """Return what keeps it from measuring, or from measuring what it should.

        That no result comes of first. Without a stop, or for long, it measures as well.
        """
        missing = (State.NEVER, State.MISSING)
        measured_by = [each for each in self.checks if each.code not in _MEASURES_AS_WELL]
        return tuple(each for state in missing for each in measured_by if each.state is state)

    @property
    def open(self) -> tuple[Check, ...]:
        """Return the lines that are not fine, in the order of all."""
        return tuple(each for each in self.checks if each.state is not State.PASSED)


_MEASURES_AS_WELL = frozenset({Code.STOP, Code.DURATION})


@dataclass(frozen=True)
class _Facts:
    split_fault: SplitFault | None
    only_variant: str | None
    asking_fault: AskingFault | None
    refuses_page: bool
    heard_at: datetime | None
    live_since: datetime | None
    """Since when the one that has been live for longest has been."""
    audience: object
    has_goal: bool
    has_stop: bool


def of(experiment: Experiment, *, knows_countries: bool) -> LaunchCheck:
    """Return the launch check of an experiment, as things are now.

    `knows_countries` says that the proxy before this server names those of its visitors.
    """
    facts, others = _facts(experiment), others_on(experiment)
    checks = (
        _visitors(facts.split_fault),
        _goal(has_goal=facts.has_goal),
        _key(facts, origins.of_page(experiment.url)),
        _audience(conditions.read(facts.audience), knows_countries=knows_countries),
        _script(facts),
        _duration(experiment),
        _page(experiment, others),
        _stop(has_stop=facts.has_stop),
    )
    return LaunchCheck(checks, facts.split_fault, facts.only_variant, facts.asking_fault)


def _facts(experiment: Experiment) -> _Facts:
    test_id = experiment.test_id
    primary = exists().where(RunGoal.run_id == Run.id, RunGoal.role == GoalRole.PRIMARY)
    stop = exists().where(
        ScheduledChange.test_id == test_id, ScheduledChange.target == Status.STOPPED
    )
    statement = (
        select(
            splits.fault(Experiment.test_id),
            splits.only_variant(Experiment.test_id),
            asking.fault(experiment.project_id, now()),
            asking.refuses_pages_of(experiment.project_id, origins.of_page(experiment.url)),
            asking.last_heard(experiment.project_id).scalar_subquery(),
            _live_since(experiment.project_id),
            Run.audience,
            primary,
            stop,
        )
        .select_from(Experiment)
        .join(Run, (Run.test_id == Experiment.test_id) & Run.is_current)
        .where(Experiment.test_id == test_id)
    )
    return _Facts(*db.session.execute(statement).one())


def _live_since(project_id: int) -> ScalarSelect[datetime]:
    running = Experiment.status == Status.RUNNING
    since = select(func.min(live_since))
    return since.where(Experiment.project_id == project_id, running).scalar_subquery()


def _visitors(fault: SplitFault | None) -> Check:
    if fault:
        return Check(Code.VISITORS, State.NEVER, SPLIT_FAULTS[fault], Mend.DESIGN)
    return Check(Code.VISITORS, State.PASSED, "Visitors can be split.")


def _goal(*, has_goal: bool) -> Check:
    if has_goal:
        return Check(Code.GOAL, State.PASSED, "A primary goal is set.")
    sentence = "No primary goal is set: there will be no verdict."
    return Check(Code.GOAL, State.MISSING, sentence, Mend.DESIGN)


_ASKING = {
    AskingFault.NO_KEY: "There is no client or server key that works: nobody can ask for a "
    "variant, so everybody sees the original.",
    AskingFault.NO_SITE: "No site is listed: pages of other sites are refused, so everybody sees "
    "the original.",
}


def _key(facts: _Facts, site: str) -> Check:
    if facts.asking_fault:
        return Check(Code.KEY, State.MISSING, _ASKING[facts.asking_fault], Mend.INSTALL)
    if facts.refuses_page:
        sentence = (
            f"Its page is of {site}, which is not among the listed sites: unless a server asks for"
            " the variants, whoever visits that page sees the original."
        )
        return Check(Code.KEY, State.UNKNOWN, sentence, Mend.INSTALL)
    return Check(Code.KEY, State.PASSED, "A site or a server can ask for variants.")


def _audience(audience: Audience, *, knows_countries: bool) -> Check:
    asked = sorted(conditions.attributes_of(audience))
    unsaid = [name for name in asked if not attributes.is_said_by_script(name)]
    if value := next(nobody_meets.no_pages(audience), ""):
        return Check(Code.AUDIENCE, State.UNKNOWN, _NO_PAGE.format(value), Mend.DESIGN)
    if knows_countries and unsaid == [attributes.COUNTRY]:
        return Check(Code.AUDIENCE, State.PASSED, _COUNTRY_IS_SAID)
    if unsaid:
        return _unsaid(unsaid, knows_countries=knows_countries)
    sentence = "Pages say all that its audience asks for." if asked else "Everybody may take part."
    return Check(Code.AUDIENCE, State.PASSED, sentence)


def _unsaid(names: Sequence[str], *, knows_countries: bool) -> Check:
    """Return what somebody has to see to where an audience asks for what no page says by itself."""
    sentence = (
        f"Its audience asks for {', '.join(names)}, which no page says by itself: see that"
        " pages, among their “attributes”, or programs do, or nobody takes part."
    )
    no_proxy = "" if knows_countries or attributes.COUNTRY not in names else _NO_PROXY
    misspelt = [(meant, name) for name in names if (meant := attributes.meant(name))]
    hints = "".join(f" Pages say {meant}, and not {name}." for meant, name in misspelt)
    mend = Mend.DESIGN if misspelt else Mend.INSTALL
    return Check(Code.AUDIENCE, State.UNKNOWN, f"{sentence}{no_proxy}{hints}", mend)


_NO_PAGE = (
    "No page's address fits “{}”, and by that nobody takes part: pages say the whole of it, as"
    " https://shop.example/cart. “contains” finds a part of it; a * stands for itself."
)
_COUNTRY_IS_SAID = (
    "Pages say all that its audience asks for, and the proxy says the country; pages that decide "
    "by themselves have to say it."
)
_NO_PROXY = (
    " No proxy says the country here: who runs this server names its header in COUNTRY_HEADER."
)


def _script(facts: _Facts) -> Check:
    if facts.heard_at and facts.heard_at > now() - asking.LATELY:
        return Check(Code.SCRIPT, State.PASSED, "Events have arrived in the last day.")
    if facts.live_since is None:
        return Check(Code.SCRIPT, State.UNKNOWN, _NOTHING_TO_REPORT, Mend.INSTALL)
    if facts.live_since > now() - TO_BE_SEEN:
        return Check(Code.SCRIPT, State.UNKNOWN, _SEEN_BY_NOBODY_YET, Mend.INSTALL)
    sentence = "No event has arrived in the last day: is the script in the page?"
    if conditions.read(facts.audience):
        sentence = f"{sentence[:-1]}, and does anybody of its audience come?"
    return Check(Code.SCRIPT, State.MISSING, sentence, Mend.INSTALL)


_NOTHING_TO_REPORT = (
    "No event has arrived in the last day. Nothing is live, so a page has nothing to report: "
    "look once this is live."
)
_SEEN_BY_NOBODY_YET = (
    "No event has arrived in the last day, and nothing has been live for an hour yet: look again "
    "once visitors have come."
)


def _duration(experiment: Experiment) -> Check:
    """Return how long it takes to find a difference, by what the project has seen of late."""
    found = durations.of(experiment)
    if found is None:
        sentence = "The project has not been visited enough to say how long it takes."
        return Check(Code.DURATION, State.UNKNOWN, sentence, Mend.DESIGN)
    lift = figures.percent(found.lift)
    if found.days is None or found.days > SOON:
        days = "years" if found.days is None else f"some {found.days} days"
        sentence = f"Even a difference of {lift} takes {days} to be found."
        return Check(Code.DURATION, State.MISSING, sentence, Mend.DESIGN)
    sentence = f"A real difference of {lift} most likely shows within {found.days} days."
    return Check(Code.DURATION, State.PASSED, sentence)


def _page(experiment: Experiment, others: Sequence[Other]) -> Check:
    if not experiment.url:
        sentence = "No page is given, so nobody can tell whether another experiment tests it too."
        return Check(Code.PAGE, State.UNKNOWN, sentence, Mend.EXPERIMENT)
    if not others:
        sentence = "No other live experiment has this page."
        return Check(Code.PAGE, State.PASSED, sentence)
    names = ", ".join(f"“{other.name}”" for other in others)
    sentence = f"The same page is under test by {names}: each changes what the other measures."
    return Check(Code.PAGE, State.MISSING, sentence, Mend.EXPERIMENT, tuple(others))


def _stop(*, has_stop: bool) -> Check:
    if has_stop:
        return Check(Code.STOP, State.PASSED, "A stop is set.")
    sentence = "No stop is set: it stays live until somebody pauses it."
    return Check(Code.STOP, State.MISSING, sentence, Mend.SCHEDULE)
