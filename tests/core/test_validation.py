"""What names, keys, addresses, e-mails and numbers may look like."""

import pytest

from app.core import validation
from app.core.errors import InvalidInput
from app.experiments import tagging


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Banner", "Banner"),
        ("  Banner\n", "Banner"),
        ("Größe & Preis: 50 %", "Größe & Preis: 50 %"),
        ("日本", "日本"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("x" * 120, "x" * 120),
    ],
)
def test_a_name_is_kept_as_it_is_written_but_for_outer_space(text: str, name: str) -> None:
    assert validation.checked_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\n",
        "x" * 121,
        "two\nlines",
        "two\rlines",
        "two\u2028lines",
        "two\u2029lines",
        "a\x00b",
        "a\x1bb",
        "a\x7fb",
        "a\x85b",
        "a\u202eb",
        "a\u2066b",
        "\u200b\u200d",
        "\u00ad",
        "\u3164",
        "\u2800\ufe0f",
    ],
)
def test_a_name_is_one_line_of_something_to_see(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        validation.checked_name(text)
    assert refusal.value.field == "name"


@pytest.mark.parametrize("text", ["\u200b\u200d", "\u3164 \u115f", "\u2800 \u0301"])
def test_a_text_with_nothing_to_see_in_it_is_an_empty_one(text: str) -> None:
    for check in (
        validation.checked_description,
        validation.checked_hypothesis,
        validation.checked_reason,
        tagging.checked_tags,
    ):
        assert check(text) == ""
    with pytest.raises(InvalidInput, match="Write something"):
        validation.checked_note(text)


@pytest.mark.parametrize("key", ["a", "0", "a-b_c", "2026-sale", "x" * 64])
def test_a_key_is_kept_as_it_is(key: str) -> None:
    assert validation.checked_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "A", "-a", "_a", "a b", "a\n", "é", "٣", "a.b", "a/b", "x" * 65]
)
def test_anything_else_is_no_key(key: str) -> None:
    with pytest.raises(InvalidInput):
        validation.checked_key(key)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", ""),
        ("   ", ""),
        (" https://example.com/ ", "https://example.com/"),
        ("http://localhost:8000/a?b=c#d", "http://localhost:8000/a?b=c#d"),
        ("https://[::1]/", "https://[::1]/"),
        ("https://bücher.example/größe", "https://bücher.example/größe"),
        ("HTTPS://EXAMPLE.COM", "HTTPS://EXAMPLE.COM"),
    ],
)
def test_an_address_is_a_web_address_or_none(text: str, url: str) -> None:
    assert validation.checked_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "//example.com",
        "/cart",
        "ftp://example.com",
        "javascript:alert(1)",
        " javascript://example.com/%0aalert(1)",
        "data:text/html,x",
        "https://",
        "https:///path",
        "https://[",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://a b/",
        "https://a\nb/",
        "https://example.com/" + "x" * 2000,
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(InvalidInput) as of_page:
        validation.checked_url(text)
    with pytest.raises(InvalidInput) as of_ticket:
        validation.checked_ticket_url(text)
    assert (of_page.value.field, of_ticket.value.field) == ("url", "ticket_url")
    assert str(of_ticket.value) == str(of_page.value).replace("of the page", "of the ticket")


def test_a_mistake_in_an_address_says_of_what_it_is_one() -> None:
    for check, what in (
        (validation.checked_url, "page"),
        (validation.checked_ticket_url, "ticket"),
    ):
        sentence = f"Give the whole address of the {what}, as https://example.com/."
        with pytest.raises(InvalidInput, match=sentence):
            check("shop")


@pytest.mark.parametrize(
    "text", ["a@b", "Ana.B+c@Example.TEST", " a@b.test ", "x" * 64 + "@b.test"]
)
def test_an_email_is_kept_in_small_letters(text: str) -> None:
    assert validation.checked_email(text) == text.strip().lower()


@pytest.mark.parametrize(
    "text",
    ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "ä@b.test", "x" * 65 + "@b", "a@" + "b" * 190],
)
def test_anything_else_is_no_email(text: str) -> None:
    with pytest.raises(InvalidInput):
        validation.checked_email(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        ("2147483647", 2_147_483_647),
        ("2147483648", None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        ("1_0", None),
        (" 1", None),
        ("٣", None),
        ("²", None),
        ("1\n", None),
    ],
)
def test_a_whole_number_is_decimal_digits_that_a_column_holds(
    text: str, number: int | None
) -> None:
    assert validation.whole_number(text) == number


@pytest.mark.parametrize("text", ["2,000", "2.000", "2 000", "2'000", "2\u202f000", " 2000 "])
def test_a_whole_number_may_have_its_thousands_apart(text: str) -> None:
    assert validation.ungrouped(text) == "2000"


@pytest.mark.parametrize("text", ["2,00", "0.500", "1,000.000", "2,0000", "1_000", "20.5"])
def test_what_may_be_a_fraction_or_anything_else_stays_as_it_is(text: str) -> None:
    assert validation.ungrouped(text) == text


def test_an_amount_whose_mark_may_mean_thousands_is_asked_about() -> None:
    asked = {"2,000": "2000 or 2", "2.000": "2000 or 2", "1,250": "1250 or 1.25"}
    for text, either in asked.items():
        with pytest.raises(InvalidInput, match=f"Write {either}: {text} may mean either"):
            validation.positive_number(text, "cap")
    with pytest.raises(InvalidInput, match="no marks between thousands"):
        validation.positive_number("2,000,000", "cap")
    assert validation.positive_number("12.345", "cap") == 12.345
    assert validation.positive_number("49,90", "cap") == 49.9
