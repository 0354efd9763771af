"""The admins' pages: plans, projects, requests for slots."""

from app.pages.admin import plans, projects, requests

PAGES = (plans, projects, requests)
