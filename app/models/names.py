"""Names as they are searched and sorted: alike for people is alike here."""

import re
import unicodedata

# With four bytes a character, what fits into one entry of an index of PostgreSQL.
LONGEST_SORT_NAME = 240
_DIGITS = re.compile(r"\d+")
_SHORTEST_NUMBER_FIRST = "{:03}{}"


def folded(text: str) -> str:
    """Return the text for a search: without case, invisible characters and kinds of spaces.

    A letter with its accent is one character (NFKC), however it was typed, and there is one space
    between words.
    """
    composed = unicodedata.normalize("NFKC", text).casefold()
    seen = (each for each in composed if unicodedata.category(each) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", "".join(seen)).split())


def sort_name(text: str) -> str:
    """Return the text for the order of a list: Ä beside A, and 9 before 10.

    To be compared character by character. It is cut at 240 characters.
    """
    letters = unicodedata.normalize("NFKD", folded(text))
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    return _DIGITS.sub(_with_length, plain)[:LONGEST_SORT_NAME]


def _with_length(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0") or "0"
    return _SHORTEST_NUMBER_FIRST.format(len(digits), digits)
