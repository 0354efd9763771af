"""The start page, and the demo shop."""

from app.pages.home import demo_shop, page

PAGES = (demo_shop, page)
