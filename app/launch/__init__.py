"""The launch check: what an experiment lacks before it goes live, line by line."""
