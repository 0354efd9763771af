"""Experiments: their texts, designs, goals, search and history."""
