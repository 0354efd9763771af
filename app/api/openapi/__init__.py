"""The OpenAPI document of the JSON doors: made of what operations say that they take and answer."""

from app.api.openapi import served

DOORS = (served,)
