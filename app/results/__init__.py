"""Results: from an experiment's daily counts to one sentence, without HTTP."""
