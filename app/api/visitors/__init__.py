"""The visitors' side: which variant they get, and what they did."""

from app.api.visitors import collect, ofrep, script

DOORS = (collect, ofrep, script)
