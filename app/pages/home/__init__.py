"""The start page, all experiments of a member, and the demo shop."""

from app.pages.home import demo_shop, experiments, page

PAGES = (demo_shop, experiments, page)
