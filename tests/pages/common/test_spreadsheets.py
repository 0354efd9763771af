"""Tables as files, which are sent piece by piece."""

from collections.abc import Generator

from app.core import waiting
from app.pages.common import spreadsheets


def test_a_file_that_is_being_sent_may_take_longer_than_an_answer_may_wait() -> None:
    def pieces() -> Generator[str]:
        yield str(waiting.seconds_to_work())

    waiting.bound(0.0)
    try:
        sent = spreadsheets.file("numbers.csv", pieces()).get_data(as_text=True)
    finally:
        waiting.bound(None)
    assert sent == f"{spreadsheets.BYTE_ORDER_MARK}{waiting.SECONDS_OF_REQUEST}"
