"""Parts of routes that several pages share."""

BOTH = ("GET", "POST")
RETIRE_OR_BACK = "<any(retire, back):way>"
"""Whether something is retired, or brought back."""
