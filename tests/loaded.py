"""What servers and commands load, for `tests.forks` to have loaded when they begin.

Nothing is begun here that a process has to begin by itself: no application, no thread.
"""

import gc

import flask.cli
import granian.cli
from sqlalchemy.orm import configure_mappers

from app import doors
from tests import forks

LOADED = (doors, flask.cli, forks, granian.cli)

configure_mappers()
# In the copies nothing of this is looked through for garbage.
gc.freeze()
