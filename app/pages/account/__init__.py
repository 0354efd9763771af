"""Signing in and out, here and elsewhere, a password, and what somebody is mailed."""

from app.pages.account import (
    notifications,
    password,
    password_link,
    set_up,
    sign_in,
    stop_mails,
    where,
)

PAGES = (notifications, password, password_link, set_up, sign_in, stop_mails, where)
