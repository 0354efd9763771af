"""The demo's data, visitors and shop."""
