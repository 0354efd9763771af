"""Action buttons, and what the page says after a press."""
