"""Webhooks: events sent to addresses of a project's choice, by Standard Webhooks."""
