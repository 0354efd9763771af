"""The demo's passwords and tokens, derived from the server's secret key."""

import hashlib
import hmac

from flask import current_app

from app.accounts import tokens
from app.models import KeyType

SECRET_LENGTH = 48


def password_of(email: str) -> str:
    """Return the password of a demo sign-in."""
    return f"demo-{derived(f'password {email}')[:10]}"


def token_of(project_key: str, key_type: KeyType) -> str:
    """Return the token of a demo project's key."""
    purposes = {KeyType.ADMIN: f"key {project_key}", KeyType.CLIENT: f"client key {project_key}"}
    return tokens.PREFIXES[key_type] + derived(purposes[key_type])


def derived(purpose: str) -> str:
    """Return what no other server has for a purpose, and this one has every time."""
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, f"demo {purpose}".encode(), hashlib.sha256).hexdigest()[:SECRET_LENGTH]
