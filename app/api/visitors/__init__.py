"""The visitors' side: which variant they get, and what they did."""

from app.api.visitors import collect, edge, ofrep, script

DOORS = (collect, edge, ofrep, script)
