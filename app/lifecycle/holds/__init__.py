"""Holds: a project's queue held and lifted, and everything stopped and started again."""
