"""Tables of what visitors did, counted, and of what was found in it."""
