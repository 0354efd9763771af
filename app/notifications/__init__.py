"""Word for those who wait: what happens in projects, announced, and sent to whoever wants it."""
