"""What an experiment's counts say: pure functions of numbers, without HTTP or SQL."""
