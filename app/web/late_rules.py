"""Rules of routes that learn how their addresses are built when the first is asked for."""

from collections.abc import Callable
from functools import cache, partial

from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """A rule whose addresses cost nothing until one is built: a process builds those of few.

    Werkzeug writes two functions for each rule as it is added; of all rules together that is one
    twentieth of the CPU that a worker takes to begin, and a command in all.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Build:  # noqa: FBT001, FBT002 - as Werkzeug's
        compiled = cache(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, **values: object) -> tuple[str, str]:
            return compiled()(rule, **values)

        return build
