"""The visitors' side: which variant they get, and what they did."""

from app.api.visitors import collect, edge, ofrep, preview, script

DOORS = (collect, edge, ofrep, preview, script)
