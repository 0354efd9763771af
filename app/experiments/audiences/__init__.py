"""Audiences: who takes part in an experiment, as rules that any language can follow."""
