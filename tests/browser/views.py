"""How pages look: in both colour schemes, on a phone and zoomed. Axe finds nothing in any view."""

from typing import Any, NamedTuple

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
ALL_RULES = ()
# What a change of colours alone can break, and what a change of size alone can.
OF_COLOURS = ("color-contrast", "link-in-text-block")
OF_SIZES = ("target-size", "scrollable-region-focusable")
# Three fifths of axe's time go into contrast: light colours are looked at in the large window, and
# on a dark phone what it shows alone, or in other colours, letters or places than the large window.
WITHOUT_CONTRAST = {"phone"}
COLOURS_REMEMBERED, COLOURS_COMPARED = "dark", "dark phone"
# Have the page tell what is seen in it that was not, or looked otherwise, as this was called.
REMEMBER_LOOKS = """() => {
  const all = () => [...document.querySelectorAll("html, body, body *")];
  const look = (element) => {
    const style = getComputedStyle(element);
    const told = ["color", "backgroundColor", "fontSize", "fontWeight",
      "opacity", "position", "textDecorationLine"];
    return [element.checkVisibility(), ...told.map((each) => style[each])].join();
  };
  const before = new Map(all().map((element) => [element, look(element)]));
  window.looksOtherwise = () =>
    all().filter((each) => each.checkVisibility() && before.get(each) !== look(each));
}"""
RUN = """async ([options, compared]) => {
  const include = compared ? looksOtherwise() : [document];
  const found = include.length ? await axe.run({ include }, options) : { violations: [] };
  return { violations: found.violations };
}"""


class View(NamedTuple):
    """A window and its colours, with the rules of axe that it is there for."""

    color_scheme: str
    width: int
    height: int
    rules: tuple[str, ...]


VIEWS = {
    "light": View("light", 1280, 720, ALL_RULES),
    "dark": View("dark", 1280, 720, OF_COLOURS),
    # A window of 1,280 by 720 at 200 %.
    "zoomed": View("light", 640, 360, OF_SIZES),
    "phone": View("light", 320, 640, ALL_RULES),
    "dark phone": View("dark", 320, 640, OF_COLOURS),
}


def in_view(name: str) -> dict[str, Any]:
    """The options of a browser that shows pages in this view."""
    view = VIEWS[name]
    size = {"width": view.width, "height": view.height}
    return {"color_scheme": view.color_scheme, "viewport": size}


def check(page: Page) -> None:
    """Fail on anything that axe finds in the page as it stands, in each of the views in turn."""
    before = page.viewport_size
    # Axe's own `run` brings all of its script along each time.
    page.evaluate(AXE.axe_script)
    for name in VIEWS:
        _show(page, name)
        _check(page, name)
        if name == COLOURS_REMEMBERED:
            page.evaluate(REMEMBER_LOOKS)
    _show(page, "light")
    if before:
        page.set_viewport_size(before)


def _show(page: Page, name: str) -> None:
    options = in_view(name)
    page.emulate_media(color_scheme=options["color_scheme"])
    page.set_viewport_size(options["viewport"])


def _check(page: Page, name: str) -> None:
    # Of WCAG 2.2; axe leaves it out unless it is asked to look.
    options: dict[str, object] = {
        "resultTypes": ["violations"],
        "rules": {
            "target-size": {"enabled": True},
            "color-contrast": {"enabled": name not in WITHOUT_CONTRAST},
        },
    }
    if VIEWS[name].rules:
        options = {"resultTypes": ["violations"], "runOnly": list(VIEWS[name].rules)}
    found = AxeResults(page.evaluate(RUN, [options, name == COLOURS_COMPARED]))
    assert found.violations_count == 0, f"{page.url}, {name}\n{found.generate_report()}"
    is_whole = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert is_whole, f"{page.url} is wider than its window, {name}"
