"""The admins' pages: plans, projects, limits, demand, people, requests, and the demo's end."""

from app.pages.admin import (
    demand,
    demo,
    overrides,
    people,
    plans,
    project_list,
    projects,
    requests,
)

PAGES = (demand, demo, overrides, people, plans, project_list, projects, requests)
