"""Splits that can never be compared: told by the design, before anybody is let in.

A part of the statement that reads an experiment, so that a start knows without asking once more.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from app.models import WHOLE, Run, SplitFault, Variant, stored_as_value, table_of

SENTENCES = {
    SplitFault.NO_TRAFFIC: "Its traffic is 0 %: nobody takes part, so it can never measure "
    "anything.",
    SplitFault.ONE_VARIANT: "All of its visitors get the same variant: there is nothing to "
    "compare, so it can never measure anything.",
    SplitFault.NO_CONTROL: "Nobody gets the original: there is nothing to compare the others with, "
    "so it can never measure anything.",
}

_runs, _variants = table_of(Run), table_of(Variant)
_run, _variant = _runs.c, _variants.c
_seen = (
    select()
    .select_from(_runs)
    .join(_variants, (_variant.run_id == _run.id) & (_variant.weight > 0))
    .where(_run.is_current)
)
_first, _last = func.min(_variant.position), func.max(_variant.position)
_fault = case(
    (func.max(_run.traffic_allocation) == 0, literal(SplitFault.NO_TRAFFIC.value)),
    (_first == _last, literal(SplitFault.ONE_VARIANT.value)),
    (_first > 0, literal(SplitFault.NO_CONTROL.value)),
)
_everybody_sees = case(
    (
        and_(
            _first == _last,
            or_(func.max(_run.traffic_allocation) == WHOLE, _last == 0),
        ),
        func.max(_variant.name),
    )
)


def fault(test_id: SQLColumnExpression[int]) -> ColumnElement[Any]:
    """Return the column that says why an experiment's current run can never be compared."""
    return type_coerce(_of(_fault, test_id), stored_as_value(SplitFault))


def only_variant(test_id: SQLColumnExpression[int]) -> ColumnElement[Any]:
    """Return the column with the name of the variant that all visitors get, if that is so.

    Who is outside the traffic gets the original, as everybody does who gets the control.
    """
    return _of(_everybody_sees, test_id)


def _of(value: ColumnElement[Any], test_id: SQLColumnExpression[int]) -> ColumnElement[Any]:
    of_one = _seen.add_columns(value).where(_run.test_id == test_id)
    return of_one.correlate_except(_runs, _variants).scalar_subquery()
