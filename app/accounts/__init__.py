"""People, members, API keys and origins: who is calling, and what they may do."""
