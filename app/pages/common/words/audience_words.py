"""Who takes part, in a sentence."""

from app.experiments.audiences.conditions import Audience, Condition, Operator

EVERYBODY = "everybody"
# How a value is compared: as it is, and where no value may fit.
COMPARISONS = {
    Operator.IS: ("is", "is not"),
    Operator.SAME_PAGE: ("is the page", "is not the page"),
    Operator.CONTAINS: ("contains", "does not contain"),
    Operator.MATCHES: ("matches", "does not match"),
    Operator.AT_LEAST: ("is at least", "is not at least"),
    Operator.AT_MOST: ("is at most", "is not at most"),
}
_QUOTED = frozenset({Operator.CONTAINS, Operator.MATCHES})


def in_words(audience: Audience) -> str:
    """Return who is in an audience, as “visitors whose country is DE, and whose plan is pro”."""
    if not audience:
        return EVERYBODY
    groups = (", and ".join(map(_condition, group)) for group in audience)
    return f"visitors {'; or '.join(groups)}"


def called(name: str, audience: Audience) -> str:
    """Return who is in an audience after its name, if it has one."""
    return f"“{name}”: {in_words(audience)}" if name else in_words(audience)


def comparison(operator: Operator, *, negated: bool) -> str:
    """Return how an operator compares, in words."""
    return COMPARISONS[operator][negated]


def _condition(condition: Condition) -> str:
    verb = comparison(condition.operator, negated=condition.negated)
    values = " or ".join(_value(condition.operator, each) for each in condition.values)
    if condition.attribute == "visitor":
        return f"who are {'not ' if condition.negated else ''}{values}"
    return f"whose {condition.attribute} {verb} {values}"


def _value(operator: Operator, value: str) -> str:
    return f"“{value}”" if operator in _QUOTED else value
