"""How values are said: what each format makes of a value, in pieces and in words."""

from __future__ import annotations

from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.spoken.pieces import MONTHS, PAUSE, RECORDED, WORDS, recordings_of, words_of
from ivr.domain.spoken.say import FORMATS, MAX_PIECES, NOTHING_SPOKEN, say

_VALUES = {words: number for number, words in ((n, WORDS[f"n{n}"]) for n in range(100))}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def _read(words: str) -> int:
    """The number that these words mean: another way round than the tables."""
    total = group = 0
    for word in words.split():
        if word == "hundred":
            group *= 100
        elif word in _SCALES:
            total, group = total + group * _SCALES[word], 0
        else:
            group += _VALUES[word]
    return total + group


@given(st.integers(0, 10**15 - 1))
def test_every_whole_number_is_said_as_it_is(number):
    spoken = say(number, "number")
    assert _read(spoken.words) == number
    assert set(spoken.pieces) <= WORDS.keys()


def test_numbers_at_the_edges_of_their_names():
    for number in (*range(1100), 20_000, 10**6, 10**6 + 1, 10**9, 10**12 - 1, 10**12, 10**15 - 1):
        assert _read(say(number, "number").words) == number


@given(st.decimals(-(10**12), 10**12, places=3, allow_nan=False, allow_infinity=False))
def test_amounts_are_rounded_to_cents_and_lose_none(amount):
    words = say(f"{amount:f}", "money").words
    cents = abs(amount).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100
    is_negative = words.startswith("minus ")
    dollars, _, rest = words.removeprefix("minus ").partition(" and ")
    parts = [dollars, rest] if rest else [dollars]
    said = sum(_read(part.rsplit(" ", 1)[0]) * (100 if "dollar" in part else 1) for part in parts)
    assert said == cents
    assert is_negative == (amount < 0 and cents != 0)


@pytest.mark.parametrize(
    ("value", "say_as", "words"),
    [
        ("152.40", "money", "one hundred fifty-two dollars and forty cents"),
        ("1", "money", "one dollar"),
        ("1.01", "money", "one dollar and one cent"),
        ("0", "money", "zero dollars"),
        (0, "money", "zero dollars"),
        ("0.994", "money", "ninety-nine cents"),
        ("0.995", "money", "one dollar"),
        (".5", "money", "fifty cents"),
        ("$1,234.50", "money", "one thousand two hundred thirty-four dollars and fifty cents"),
        ("-3.10", "money", "minus three dollars and ten cents"),
        ("-0.001", "money", "zero dollars"),
        (7, "number", "seven"),
        ("-12", "number", "minus twelve"),
        ("-0", "number", "zero"),
        ("3.05", "number", "three point zero five"),
        ("12,345", "number", "twelve thousand three hundred forty-five"),
        ("85001", "digits", "eight five zero zero one"),
        ("0044", None, "zero zero four four"),
        ("AB-12x", "digits", "A B, one two X"),
        ("*9#", "digits", "star nine pound"),
        ("4805550199", "digits", "four eight zero, five five five, zero one nine nine"),
        ("4111111111111111", "digits", ", ".join(["four one one one"] + ["one one one one"] * 3)),
        ("2026-05-03", "date", "May third twenty twenty-six"),
        ("5/3/2026", "date", "May third twenty twenty-six"),
        ("2026-05-03T14:05:00-07:00", "date", "May third twenty twenty-six"),
        ("2005-12-31", "date", "December thirty-first two thousand five"),
        ("1905-01-20", "date", "January twentieth nineteen oh five"),
        ("1900-01-02", "date", "January second nineteen hundred"),
        ("2000-02-29", "date", "February twenty-ninth two thousand"),
        ("14:30", "time", "two thirty P M"),
        ("09:00", "time", "nine A M"),
        ("9am", "time", "nine A M"),
        ("2:05 p.m.", "time", "two oh five P M"),
        ("00:05", "time", "twelve oh five A M"),
        ("12:30", "time", "twelve thirty P M"),
        ("00:00", "time", "midnight"),
        ("12 pm", "time", "noon"),
        ("12:00", "time", "noon"),
        ("2026-05-03T14:05:59Z", "time", "two oh five P M"),
        ("+14805550199", "phone", "four eight zero, five five five, zero one nine nine"),
        ("+14805550199", None, "four eight zero, five five five, zero one nine nine"),
        ("+442079460018", "phone", "plus four four, two zero, seven nine four six, zero zero one eight"),
        ("(480) 555-0199", "phone", "four eight zero, five five five, zero one nine nine"),
        ("5550199", "phone", "five five five, zero one nine nine"),
        ("+14805550199", "last4", "zero one nine nine"),
        ("12", "last4", "one two"),
        ("42", None, "forty-two"),
        (True, None, "true"),
    ],
)  # fmt: skip
def test_values_are_said_as_people_say_them(value, say_as, words):
    assert say(value, say_as).words == words


@pytest.mark.parametrize(
    ("currency", "value", "words"),
    [
        ("GBP", "1.01", "one pound and one penny"),
        ("GBP", "£2.20", "two pounds and twenty pence"),
        ("EUR", "2.01", "two euros and one cent"),
        ("MXN", "$1.50", "one peso and fifty centavos"),
        ("CAD", "5", "five dollars"),
        ("XXX", "5", "five dollars"),
    ],
)
def test_an_amount_is_said_in_its_currency(currency, value, words):
    assert say(value, "money", currency).words == words


@pytest.mark.parametrize(
    ("value", "say_as"),
    [
        ("Ann", "number"), ("", "number"), ("1e5", "money"), ("€5", "money"), ("2026-02-30", "date"),
        ("25:00", "time"), ("13pm", "time"), ("12:60", "time"), ("call me", "phone"), ("+1", "phone"),
        ("${system(id)}", "digits"), ("a,b^^", "digits"), ("!x", "digits"), ("'", "digits"), ("../../etc", "digits"),
        ("1\n2", "number"), ("５", "number"), ("٣", "digits"), ("²", "number"), ("9" * 200, "digits"),
        ("9" * 200, "number"), ("9" * 40, "money"), ("Иван", "digits"), ("0000-00-00", "date"),
        ("99/99/9999", "date"),
    ],
)  # fmt: skip
def test_what_does_not_fit_its_format_is_said_as_it_is(value, say_as):
    spoken = say(value, say_as)
    plain = " ".join(value.split())
    assert spoken == say(value) or spoken.pieces
    assert spoken.pieces or spoken.words == plain


@pytest.mark.parametrize("value", ["4111 1111 1111 1234", "x-1234", "•••1234", "${1}{2}{3}{4}"])
def test_no_more_than_the_last_four_is_ever_said(value):
    assert say(value, "last4").words == "one two three four"


def test_last_four_of_letters_without_pieces_are_four():
    assert say("Кириллица", "last4").words == "лица"


@given(st.text(max_size=200), st.sampled_from([None, *FORMATS]), st.sampled_from(["USD", "GBP", "EUR", "MXN"]))
def test_any_text_is_said_with_known_pieces_or_as_words(text, say_as, currency):
    spoken = say(text, say_as, currency)
    assert len(spoken.pieces) <= MAX_PIECES
    assert set(spoken.pieces) <= WORDS.keys()
    assert spoken == NOTHING_SPOKEN or spoken.words
    if spoken.pieces:
        assert spoken.words == words_of(spoken.pieces)


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_every_date_is_said(day):
    pieces = say(day.isoformat(), "date").pieces
    assert pieces[:2] == (f"m{day.month}", f"d{day.day}")
    assert WORDS[pieces[0]] == MONTHS[day.month - 1]
    year = words_of(pieces[2:]).replace("oh ", "")
    assert _read(year) == day.year or _of_centuries(year) == day.year


def _of_centuries(year: str) -> int:
    """twenty twenty-six."""
    words = year.split()
    return _VALUES[words[0]] * 100 + (_VALUES[words[1]] if words[1:] and words[1] != "hundred" else 0)


@given(st.times())
def test_every_time_of_day_is_said(moment):
    words = say(f"{moment:%H:%M}", "time").words
    assert words.endswith(("A M", "P M", "noon", "midnight"))
    assert _clock(words) == time(moment.hour, moment.minute)


def _clock(words: str) -> time:
    if words in ("noon", "midnight"):
        return time(12 if words == "noon" else 0)
    hour, *minutes = words[:-4].split()
    at = _VALUES[hour] % 12 + (12 if words.endswith("P M") else 0)
    return time(at, _VALUES[minutes[-1]] if minutes else 0)


@given(st.from_regex(r"\+(1[2-9][0-9]{9}|[2-9][0-9]{7,13})", fullmatch=True))
def test_a_telephone_number_loses_no_digit(number):
    pieces = say(number, "phone").pieces
    digits = "".join(piece[1:] for piece in pieces if piece[0] == "n")
    assert digits == number[1:].removeprefix("1" if len(number) == 12 and number[1] == "1" else "")
    assert PAUSE in pieces or len(digits) < 8 or not number.startswith("+1")


def test_each_piece_is_recorded_and_what_ends_a_sentence_twice():
    assert WORDS.keys() - {PAUSE} <= RECORDED.keys()
    assert recordings_of(("n4", "dollars"), ends_sentence=True) == ("n4", "dollars-end")
    assert recordings_of(("n4", "dollars"), ends_sentence=False) == ("n4", "dollars")
    assert recordings_of(("m5", "d3"), ends_sentence=True) == ("m5", "d3-end")
    assert recordings_of((), ends_sentence=True) == ()
    assert RECORDED["n42"] == "forty-two,"
    assert RECORDED["n42-end"] == "forty-two."
