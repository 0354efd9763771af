"""Mails to members of projects: who wants them, what is in them, and how they are sent."""
