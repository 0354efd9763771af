"""The database of the running application."""

from flask_sqlalchemy import SQLAlchemy

from app.models import Base

db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True)
