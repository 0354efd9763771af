"""The admins' pages: plans, projects, their limits, people, requests, and the demo's end."""

from app.pages.admin import demo, overrides, people, plans, project_list, projects, requests

PAGES = (demo, overrides, people, plans, project_list, projects, requests)
