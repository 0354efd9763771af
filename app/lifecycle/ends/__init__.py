"""Ends of experiments: decided, shipped, taken back, archived."""
