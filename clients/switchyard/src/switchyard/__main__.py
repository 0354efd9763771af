"""`python -m switchyard`."""

from switchyard.commands import switchyard

switchyard(prog_name="switchyard")
