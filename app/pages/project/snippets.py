"""Snippets of the Install page, with the project's own key, experiment and goal."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.experiments import designs, goals, search
from app.experiments.designs import Design
from app.experiments.search import Tab, View
from app.models import Experiment, GoalRole
from app.pages.project import script_lines
from app.web.header_names import VISITORS_KEY

LONGEST_SHOWN_VALUE = 60
# Asked of a project in this order: what runs is the best example.
NOT_LIVE_TABS = (Tab.DRAFT, Tab.STOPPED)
SHOWN_TABS = (Tab.RUNNING, *NOT_LIVE_TABS)
ANOTHER = "another-experiment"


@dataclass(frozen=True)
class Snippet:
    """A text to be copied, under the name that it is called by."""

    key: str
    label: str
    text: str

    @property
    def lines(self) -> int:
        """Return how many lines it has."""
        return self.text.count("\n") + 1


@dataclass(frozen=True)
class Example:
    """An experiment and a goal to show how code uses them, made up where a project has none.

    `control` and `treatment` are the values of the first two variants.
    """

    experiment: str = "my-experiment"
    control: object = "control"
    treatment: object = "treatment"
    goal: str = "my-goal"
    is_real: bool = False
    test_id: int = 1234


def example(project_id: int) -> Example:
    """Return the project's newest experiment, preferably one that runs, with a goal of it."""
    experiment = _newest(project_id, SHOWN_TABS)
    if experiment is None:
        return Example(goal=_any_goal(project_id))
    design = designs.of(designs.current(experiment.test_id))
    control, treatment, *_ = design.variants
    goal = _goal_of(design) or _any_goal(project_id)
    return Example(
        experiment.key,
        control.value,
        treatment.value,
        goal,
        is_real=True,
        test_id=experiment.test_id,
    )


def tag(address: str, client_key: str) -> Snippet:
    """Return what loads the newest script, for every page under test."""
    lines = script_lines.newest(address, client_key)
    return Snippet("tag", "The script", lines.tag)


def security_policy(address: str, client_key: str) -> Snippet:
    """Return what a content security policy has to allow for that."""
    lines = script_lines.newest(address, client_key)
    return Snippet("policy", "For a content security policy", lines.policy)


def fixed_tag(address: str, client_key: str) -> Snippet:
    """Return what loads the script of this version, whatever version answers."""
    lines = script_lines.fixed(address, client_key)
    return Snippet("fixed-tag", "The script of this version", lines.tag)


def fixed_security_policy(address: str, client_key: str) -> Snippet:
    """Return what a content security policy has to allow for that."""
    lines = script_lines.fixed(address, client_key)
    return Snippet("fixed-policy", "For a content security policy, with it", lines.policy)


def variant(of: Example) -> Snippet:
    """Showing a variant."""
    lines = [
        "<script>",
        "  // Where the page ends, below what is changed. Without Switchyard the original stays.",
        "  if (window.switchyard) switchyard.ready.then(() => {",
        *(f"    {line}" for line in _choosing(of)),
        "  });",
        "</script>",
    ]
    return Snippet("variant", "Showing a variant", "\n".join(lines))


def conversion(of: Example) -> Snippet:
    """Counting a conversion."""
    lines = [
        "// When the visitor gets there, and what that is worth: revenue needs it, others do not.",
        "// Of an order also send its number, so that it counts once:",
        f'// switchyard.track("{of.goal}", {{ value: 24.5, id: "order-1001" }})',
        f'if (window.switchyard) switchyard.track("{of.goal}", 24.5);',
    ]
    return Snippet("conversion", "Counting a conversion", "\n".join(lines))


def curl(address: str, client_key: str, of: Example) -> Snippet:
    """Evaluating and collecting without a browser."""
    headers = f'-H "{VISITORS_KEY}: {client_key}" -H "Content-Type: application/json"'
    context = json.dumps({"context": {"targetingKey": "visitor-1"}})
    exposure = {"type": "exposure", "experiment": of.experiment, "unit": "visitor-1"}
    conversion = {"type": "conversion", "goal": of.goal, "unit": "visitor-1", "value": 24.5}
    events = json.dumps({"events": [exposure, conversion]})
    lines = [
        f'curl -X POST "{address}/ofrep/v1/evaluate/flags/{of.experiment}" \\',
        f"  {headers} \\",
        f"  -d '{context}'",
        f'curl -X POST "{address}/collect" \\',
        f"  {headers} \\",
        f"  -d '{events}'",
    ]
    return Snippet("curl", "With curl", "\n".join(lines))


def python(address: str, client_key: str, of: Example) -> Snippet:
    """Evaluating with OpenFeature, the standard's Python client."""
    kind, fallback = _PYTHON_KINDS[type(of.control)], _in_python(of.control)
    headers = f'lambda: {{"{VISITORS_KEY}": "{client_key}"}}'
    lines = [
        "from openfeature import api",
        "from openfeature.contrib.provider.ofrep import OFREPProvider",
        "from openfeature.evaluation_context import EvaluationContext",
        f'api.set_provider(OFREPProvider("{address}", headers_factory={headers}))',
        'visitor = EvaluationContext(targeting_key="visitor-1")',
        f'value = api.get_client().get_{kind}_value("{of.experiment}", {fallback}, visitor)',
    ]
    return Snippet("python", "With OpenFeature in Python", "\n".join(lines))


_PYTHON_KINDS = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "float",
    list: "object",
    dict: "object",
}


def not_live(project_id: int) -> str:
    """Return the key of the newest experiment that is not live, made up where there is none."""
    experiment = _newest(project_id, NOT_LIVE_TABS)
    return experiment.key if experiment else ANOTHER


def _newest(project_id: int, tabs: Sequence[Tab]) -> Experiment | None:
    for tab in tabs:
        found = search.page(project_id, View(tab)).experiments
        if found:
            return found[0]
    return None


def _goal_of(design: Design) -> str | None:
    by_role = sorted(design.goals, key=lambda goal: goal.role is not GoalRole.PRIMARY)
    return by_role[0].key if by_role else None


def _any_goal(project_id: int) -> str:
    found = goals.listed(project_id)
    return found[0].key if found else Example.goal


def _choosing(of: Example) -> list[str]:
    control, treatment = _in_script(of.control), _in_script(of.treatment)
    if not isinstance(of.control, str | bool | int | float) or _is_long(control, treatment):
        return [
            f'const value = switchyard.variant("{of.experiment}", null);',
            "if (value !== null) {",
            "  // Change the page as the value says.",
            "}",
        ]
    if of.control == of.treatment:
        return [
            "// Its variants have one value: this counts who comes, and changes nothing.",
            f'switchyard.variant("{of.experiment}", {control});',
        ]
    return [
        f'const variant = switchyard.variant("{of.experiment}", {control});',
        f"if (variant === {treatment}) {{",
        "  // Change the page here.",
        "}",
    ]


def _is_long(*values: str) -> bool:
    return any(len(value) > LONGEST_SHOWN_VALUE for value in values)


def _in_python(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    return repr(type(value)()) if _is_long(written) else written


def _in_script(value: object) -> str:
    # A "<" could end the script that it stands in.
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
