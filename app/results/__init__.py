"""What an experiment's counts say: from sums of days to one sentence, without HTTP."""
