"""What an experiment says of itself: texts, designs, goals, search, history."""
