"""Tables of people, their sessions and keys, and of who makes a change."""
