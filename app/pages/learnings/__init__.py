"""The pages of learnings: of a project, and of all projects that somebody may see."""

from app.pages.learnings import across, project

PAGES = (across, project)
