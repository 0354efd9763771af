"""The tutorial leads from nothing to a started, paused and read experiment."""

from tests.docs.conftest import MakeReader


def test_the_tutorial_does_what_it_says_by_copy_and_paste(new_reader: MakeReader) -> None:
    new_reader().follow("docs/tutorial.md")
