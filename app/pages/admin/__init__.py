"""The admins' pages: plans, projects, people, requests for slots, and the demo's end."""

from app.pages.admin import demo, people, plans, project_list, projects, requests

PAGES = (demo, people, plans, project_list, projects, requests)
