"""The floor as a server loads it: on the database of the environment."""

from tests.bench.floor import create_floor

app = create_floor()
