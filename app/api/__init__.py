"""JSON doors, a folder per contract, and what they share."""
