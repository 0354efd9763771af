"""Signing in and out, here and elsewhere, and changing a password."""

from app.pages.account import password, password_link, set_up, sign_in, where

PAGES = (password, password_link, set_up, sign_in, where)
