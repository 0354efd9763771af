"""Signing in and out, here and elsewhere, and changing a password."""

from app.pages.account import password, sign_in, where

PAGES = (password, sign_in, where)
