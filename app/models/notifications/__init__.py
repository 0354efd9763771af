"""Tables of what is announced, and of the webhooks and mails that carry it."""
