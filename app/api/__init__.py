"""The JSON doors: one module per contract, each a thin translator."""
