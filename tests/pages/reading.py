"""Reading a page as its visitor does: what is written where, and what can be pressed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse

VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "path"})


@dataclass
class Element:
    """An element with what is inside it."""

    tag: str
    attributes: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in the element, with single spaces."""
        parts = [each if isinstance(each, str) else each.text for each in self.inside]
        return " ".join(" ".join(parts).split())

    def every(self, tag: str, **attributes: str) -> list[Element]:
        """All elements of this tag with these attributes, in their order on the page."""
        return [each for each in self.all() if each.tag == tag and each.has(attributes)]

    def the(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.every(tag, **attributes)
        return found

    def has(self, attributes: dict[str, str]) -> bool:
        """Return whether the element has these attributes; `class_` asks for one of its classes."""
        given = dict(attributes)
        wanted_class = given.pop("class_", "")
        return set(wanted_class.split()) <= set(self.attributes.get("class", "").split()) and all(
            self.attributes.get(name.replace("_", "-")) == value for name, value in given.items()
        )

    def all(self) -> Iterator[Element]:
        """All elements, in their order on the page."""
        for each in self.inside:
            if isinstance(each, Element):
                yield each
                yield from each.all()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def page(answer: TestResponse) -> Element:
    """The page in an answer, well-formed or a failure."""
    assert answer.mimetype == "text/html"
    return read(answer.get_data(as_text=True))


def read(html: str) -> Element:
    """The page in a text, well-formed or a failure."""
    reader = _Reader()
    # Where an address may break, there is no space.
    reader.feed(html.replace("<wbr>", ""))
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is never closed"
    return reader.open[0]


def errors(answer: TestResponse) -> dict[str, str]:
    """Return what a form says is wrong, by the name of the field; "" for what is above them."""
    shown = page(answer)
    found = {}
    for field_ in (*shown.every("input"), *shown.every("select"), *shown.every("textarea")):
        described_by = field_.attributes.get("aria-describedby", "").split()
        for error in shown.every("p", class_="error"):
            if error.attributes["id"] in described_by:
                assert field_.attributes["aria-invalid"] == "true"
                found[field_.attributes["name"]] = error.text
    for summary in shown.every("section", class_="problems"):
        of_whole = summary.every("p")
        if of_whole:
            found[""] = " ".join(each.text for each in of_whole)
        assert len(summary.every("li")) >= len(shown.every("p", class_="error"))
    return found


def flashed(answer: TestResponse) -> list[str]:
    """Return what the page says of the action that led to it."""
    return [each.text for each in _told(answer, "done")]


def refused(answer: TestResponse) -> list[str]:
    """Return what the page says was refused of the action that led to it."""
    return [each.text for each in _told(answer, "refused")]


def _told(answer: TestResponse, tone: str) -> list[Element]:
    return page(answer).every("div", class_=f"panel {tone}", role="status")
