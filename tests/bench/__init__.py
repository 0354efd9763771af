"""How fast Switchyard is beside the same work written by hand: `python -m tests.bench`."""
