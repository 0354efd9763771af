"""The admins' pages: plans, projects, requests for slots."""

from app.pages.admin import people, plans, projects, requests

PAGES = (people, plans, projects, requests)
