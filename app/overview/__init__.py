"""The start page's read side."""
