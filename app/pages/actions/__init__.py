"""Action buttons, and what the page says after a press."""

from app.pages.actions import panel_page

PAGES = (panel_page,)
