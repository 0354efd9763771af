"""Run every contest, round by round and in turn, and say which targets are met."""

import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from app.database.engine import db
from tests.bench import contests, counting, pages, report
from tests.bench.contests import KINDS, Arena, arena
from tests.bench.load import Pace
from tests.bench.report import Verdict
from tests.bench.sizes import SECONDS_TO_WARM_UP, SIZES, VISITORS
from tests.conftest import HOW_TO_GET_CHROMIUM


def main(rounds: int) -> None:
    """Everything in one run of so many rounds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="switchyard-bench-")))
        everything = arena(stack, folder)
        measured = _measured(everything, rounds)
        times = pages.measured(*everything.shop_of_pages())
        counted = {
            f"{name}, {kind}": counts
            for kind in KINDS
            for name, counts in _counted(everything, kind).items()
        }
    sys.stdout.write(report.paces(measured))
    sys.stdout.write(report.verdicts(_verdicts(measured)))
    sys.stdout.write(report.pages(times) if times else f"\n{HOW_TO_GET_CHROMIUM}\n")
    sys.stdout.write(report.queries((SIZES[0], SIZES[-1]), counted))


def _measured(everything: Arena, rounds: int) -> dict[str, Pace]:
    """The median of each contestant; every round is run by all of them in turn."""
    contestants = everything.contestants()
    paces: defaultdict[str, list[Pace]] = defaultdict(list)
    for contestant in contestants:
        contestant.run(SECONDS_TO_WARM_UP)
    for number in range(1, rounds + 1):
        for contestant in contestants:
            paces[contestant.name].append(contestant.run())
        sys.stderr.write(f"round {number} of {rounds} done\n")
    return {name: Pace.typical(of_one) for name, of_one in paces.items()}


def _counted(everything: Arena, kind: str) -> dict[str, tuple[int, int]]:
    smallest, largest = (everything.prepared[kind, size] for size in (SIZES[0], SIZES[-1]))
    try:
        return counting.count(smallest, largest)
    finally:
        for prepared in (smallest, largest):
            with prepared.app.app_context():
                db.engine.dispose()


def _verdicts(measured: dict[str, Pace]) -> list[Verdict]:
    found = []
    for kind in KINDS:
        by_hand, ours = measured[contests.change_by_hand(kind)], measured[contests.change(kind)]
        name = f"status change, {kind}: rate beside by hand"
        found.append(Verdict(name, ours.rate / by_hand.rate, 0.8, at_least=True))
        once = measured[contests.change_once(kind)]
        name = f"status change, {kind}: time with an Idempotency-Key"
        found.append(Verdict(name, once.milliseconds / ours.milliseconds, 1.2, at_least=False))
    for what, named in (("experiments page", contests.page), ("start page", contests.start_page)):
        for kind in KINDS:
            few, many = (measured[named(kind, size)] for size in (SIZES[0], SIZES[-1]))
            name = f"{what}, {kind}: time at {SIZES[-1]:,} beside {SIZES[0]}"
            found.append(Verdict(name, many.milliseconds / few.milliseconds, 1.2, at_least=False))
    for kind in KINDS:
        bare, poll = measured[contests.BARE], measured[contests.poll(kind)]
        name = f"unchanged poll, {kind}: rate beside the bare route"
        found.append(Verdict(name, poll.rate / bare.rate, 0.6, at_least=True))
    return found + _verdicts_on_visitors(measured)


def _verdicts_on_visitors(measured: dict[str, Pace]) -> list[Verdict]:
    found = []
    bare = measured[contests.BARE]
    for kind in KINDS:
        rate = measured[contests.evaluation(kind)].rate
        name = f"single evaluation, {kind}: rate beside the bare route"
        found.append(Verdict(name, rate / bare.rate, 0.5, at_least=True))
    for kind in KINDS:
        rate = measured[contests.unchanged_evaluations(kind)].rate
        name = f"bulk evaluation (304), {kind}: rate beside the bare route"
        found.append(Verdict(name, rate / bare.rate, 0.6, at_least=True))
    for kind in KINDS:
        by_hand = measured[contests.collecting_by_hand(kind)]
        rate = measured[contests.collecting(kind)].rate
        name = f"collected events, {kind}: rate beside a bare batch insert"
        found.append(Verdict(name, rate / by_hand.rate, 0.5, at_least=True))
    for kind in KINDS:
        rate = measured[contests.beacon(kind)].rate
        name = f"one event, {kind}: rate beside a bare route that is sent it"
        found.append(Verdict(name, rate / measured[contests.OWN_BARE].rate, 0.5, at_least=True))
    for kind in KINDS:
        few, many = (measured[contests.result(kind, visitors)] for visitors in VISITORS)
        name = f"result page, {kind}: time at {VISITORS[1]:,} beside {VISITORS[0]:,}"
        found.append(Verdict(name, many.milliseconds / few.milliseconds, 1.3, at_least=False))
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]))
