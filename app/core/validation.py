"""Validation of names, keys and addresses, for every door alike."""

import re
from decimal import Decimal
from unicodedata import category
from urllib.parse import urlsplit

from app.core.errors import InvalidInput

NAME_LENGTH = 120
URL_LENGTH = 2000
DESCRIPTION_LENGTH = 5000
HYPOTHESIS_LENGTH = 2000
REASON_LENGTH = 500
LARGEST_NUMBER = 2**31 - 1
_LONGEST_NUMBER = len(str(LARGEST_NUMBER))
KEY_LENGTH = 64
KEY_PATTERN = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{KEY_LENGTH - 1}}}")
EMAIL_PATTERN = re.compile(r"[!-?A-~]{1,64}@[!-?A-~]{1,189}")
_PERCENTAGE = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_GROUPED = re.compile(r"[1-9]\d{0,2}([,.' \u00a0\u2009\u202f\u2019])\d{3}(\1\d{3})*", re.ASCII)
# A fraction of our own never ends with 0, so that what is stored can be sent again.
_MARK_OF_WHAT = re.compile(r"[1-9]\d{0,2}(,\d{3}|\.\d{2}0)", re.ASCII)
_DRAWN_AS_NOTHING = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_INVISIBLE = frozenset({"Cc", "Cf", "Mn", "Zl", "Zp", "Zs"})
LONGEST_UNIT = 256
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def is_visible(text: str) -> bool:
    """Return whether anything of a text is seen: more than spaces, lines and marks on nothing."""
    return any(is_drawn(each) for each in text)


def is_drawn(character: str) -> bool:
    """Return whether a character by itself is seen."""
    return character not in _DRAWN_AS_NOTHING and category(character) not in _INVISIBLE


def is_one_line(text: str) -> bool:
    """Return whether a text is no more than a line, and has no control characters."""
    return not CONTROL.search(text) and all(category(each) not in {"Zl", "Zp"} for each in text)


def legible(text: str) -> str:
    """Return a text of others with a mark for each control character: lines and tabs stay."""
    return _CONTROL_BUT_LINES.sub("\N{REPLACEMENT CHARACTER}", text)


def checked_unit(unit: object, field: str = "unit") -> str:
    """Return a unit, as a site names a visitor: text of 1 to 256 characters, of any script.

    InvalidInput otherwise.
    """
    if not isinstance(unit, str) or not 1 <= len(unit) <= LONGEST_UNIT:
        raise InvalidInput(f"A unit is text of 1 to {LONGEST_UNIT} characters.", field)
    return unit


def checked_name(text: str, field: str = "name") -> str:
    """Return a name without outer white space, 1 to 120 characters; InvalidInput otherwise."""
    name = text.strip()
    if not name:
        raise InvalidInput("Give it a name.", field)
    if len(name) > NAME_LENGTH:
        raise InvalidInput(f"A name has at most {NAME_LENGTH} characters.", field)
    if not is_one_line(name):
        raise InvalidInput("A name is one line without control characters.", field)
    if not is_visible(name):
        raise InvalidInput("A name needs at least one visible character.", field)
    return name


def checked_key(text: str, field: str = "key") -> str:
    """Return a key of 1 to 64 small letters, digits, hyphens and underscores.

    InvalidInput otherwise.
    """
    if not KEY_PATTERN.fullmatch(text):
        raise InvalidInput(
            "A key has 1 to 64 small letters, digits, hyphens or underscores, "
            "and begins with a letter or a digit.",
            field,
        )
    return text


def checked_url(text: str, field: str = "url", what: str = "page") -> str:
    """Return nothing, or an http(s) address of at most 2,000 characters; InvalidInput otherwise.

    `what` is what it is the address of.
    """
    url = text.strip()
    if not url:
        return ""
    if len(url) > URL_LENGTH:
        raise InvalidInput(f"An address has at most {URL_LENGTH} characters.", field)
    if CONTROL.search(url) or " " in url or not _is_web_address(url):
        raise InvalidInput(f"Give the whole address of the {what}, as https://example.com/.", field)
    return url


def checked_ticket_url(text: str, field: str = "ticket_url") -> str:
    """Return nothing, or the address of a ticket, by the rules of `checked_url`."""
    return checked_url(text, field, "ticket")


def checked_description(text: str, field: str = "description") -> str:
    """Text of at most 5,000 characters without control characters; InvalidInput otherwise.

    Of invisible characters alone it is none.
    """
    return _checked_text(text, field, "description", DESCRIPTION_LENGTH)


def checked_hypothesis(text: str, field: str = "hypothesis") -> str:
    """Text of at most 2,000 characters without control characters; InvalidInput otherwise.

    Of invisible characters alone it is none.
    """
    return _checked_text(text, field, "hypothesis", HYPOTHESIS_LENGTH)


def checked_reason(text: str, field: str = "reason") -> str:
    """Return a reason of at most 500 characters on one line or several; InvalidInput otherwise.

    Of invisible characters alone it is none.
    """
    return _checked_text(text, field, "reason", REASON_LENGTH)


def checked_note(text: str, field: str = "note") -> str:
    """Return a note, as a reason is written, that can be read; InvalidInput otherwise."""
    note = _checked_text(text, field, "note", REASON_LENGTH)
    if not note:
        raise InvalidInput("Write something, or leave it.", field)
    return note


def checked_email(text: str, field: str = "email") -> str:
    """Return an e-mail address in small letters; InvalidInput otherwise."""
    email = text.strip().lower()
    if not EMAIL_PATTERN.fullmatch(email):
        raise InvalidInput("This is not an e-mail address.", field)
    return email


def basis_points(text: str, field: str) -> int:
    """Return the hundredths of a percent in a percentage as 33.34; InvalidInput for none.

    It may be negative or above 100 %: what it is a share of says whether that can be.
    """
    written = text.strip().removesuffix("%").strip().replace(",", ".")
    if not _PERCENTAGE.fullmatch(written):
        raise InvalidInput("Give a percentage, as 50 or 33.34.", field)
    share = Decimal(written) * 100
    if share != share.to_integral_value():
        raise InvalidInput("A percentage has at most two decimals.", field)
    return int(share)


def positive_number(text: str, field: str) -> float:
    """Return a number above nothing as 500 or 49.90; InvalidInput for none.

    Also for one that some read as thousands, and others as a fraction.
    """
    written = text.strip().replace(",", ".")
    if _MARK_OF_WHAT.fullmatch(text.strip()):
        both = f"{written.replace('.', '')} or {float(written):g}"
        raise InvalidInput(f"Write {both}: {text.strip()} may mean either.", field)
    if not _DECIMAL.fullmatch(written) or not float(written):
        raise InvalidInput(
            "Give a number above nothing, as 500 or 49.90, with no marks between thousands.", field
        )
    return float(written)


def percents(share: int) -> float:
    """Return a share in basis points as percent."""
    return share / 100


def whole_number(text: str) -> int | None:
    """Return the number that `text` writes in digits, None where no column could hold it."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        return None
    return int(text) if int(text) <= LARGEST_NUMBER else None


def ungrouped(text: str) -> str:
    """Return a whole number without the marks between its thousands: of "2,000" and "2 000" 2000.

    Any other text is returned as it is, but for outer white space.
    """
    written = text.strip()
    if not _GROUPED.fullmatch(written):
        return written
    return "".join(each for each in written if each.isdecimal())


def _checked_text(text: str, field: str, what: str, longest: int) -> str:
    checked = text.strip()
    if len(checked) > longest:
        raise InvalidInput(f"A {what} has at most {longest} characters.", field)
    if _CONTROL_BUT_LINES.search(checked):
        raise InvalidInput(f"A {what} has no control characters.", field)
    return checked if is_visible(checked) else ""


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # Read only to see whether it is one: it raises ValueError for 99999, and for letters.
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
