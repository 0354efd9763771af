"""The scripts that are kept in static/scripts/, and how those of now come to be among them."""

from app.api.visitors.built_scripts import KEPT, newest, newest_of_preview


def keep_newest() -> None:
    """Write the scripts of now beside those that there have been."""
    for script in (newest(), newest_of_preview()):
        (KEPT / script.name).write_bytes(script.plain)


if __name__ == "__main__":
    keep_newest()
