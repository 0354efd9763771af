"""The audit trail: read as one with the history of experiments, and shortened after its time."""
