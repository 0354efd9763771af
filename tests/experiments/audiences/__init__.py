"""Audiences: who takes part."""
