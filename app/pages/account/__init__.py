"""Signing in, and changing a password."""

from app.pages.account import password, sign_in

PAGES = (password, sign_in)
