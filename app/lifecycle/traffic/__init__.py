"""Traffic of a run that is open: it rises, at once or at a moment, and never falls."""
