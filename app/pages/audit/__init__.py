"""The audit trail: of one project for its owners, of everything for admins."""

from app.pages.audit import everything, project

PAGES = (everything, project)
