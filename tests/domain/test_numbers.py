"""One reading of a number, for whoever sends, writes or keys it."""

from __future__ import annotations

from urllib.parse import quote

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.errors import InvalidNumber
from ivr.domain.number_text import shown
from ivr.domain.numbers import is_e164_form, parse_ani, parse_did, parse_e164, parse_keyed, read_number


@pytest.mark.parametrize("text", ["+14155559876", "+14155550100", "+442079460958", "+4930123456", "+81312345678"])
def test_a_number_in_e164_form_is_taken_as_it_is(text: str) -> None:
    assert parse_e164(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "+", "14155559876", "+1 415 555 9876", "+1-415-555-9876", "+0123456789", "+1415555", "+1415555987612345",
        "+14155559876\n", " +14155559876", "tel:+14155559876", "+١٤١٥٥٥٥٩٨٧٦", "+1415555987a", "+999123456789",
        "anonymous", "+14155559876;ext=1", "${x}", "+15550142", "+266696687",
    ],
)  # fmt: skip
def test_anything_else_is_no_number_for_a_client(text: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        parse_e164(text)
    assert refused.value.raw == text


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("+14155559876", "+14155559876"),
        ("14155559876", "+14155559876"),
        ("4155559876", "+14155559876"),
        # spreadsheets
        ("4805550158.0", "+14805550158"),
        ("4805550158.00", "+14805550158"),
        ("14805550158,0", "+14805550158"),
        ("4,805,550,158", "+14805550158"),
        ("4,805,550,158.00", "+14805550158"),
        ("14,805,550,158.0", "+14805550158"),
        ("4.805.550.158,00", "+14805550158"),
        ("4'805'550'158.00", "+14805550158"),
        ("4\u2019805\u2019550\u2019158", "+14805550158"),
        ("+49.301.234.567.00", "+4930123456700"),
        ("=4805550158", "+14805550158"),
        ("=+14805550158", "+14805550158"),
        ("4.805550158E+09", "+14805550158"),
        ("4.15555987600E9", "+14155559876"),
        ("4,155559876000e+09", "+14155559876"),
        ("14.155559876E+9", "+14155559876"),
        ("4155559876.00E0", "+14155559876"),
        ("+4.42079460018E+11", "+442079460018"),
        ('="4805550158"', "+14805550158"),
        ("'4805550158", "+14805550158"),
        ("\u20184805550158", "+14805550158"),
        # separators, of any alphabet and none that shows
        ("+1-480-555-1406", "+14805551406"),
        ("(480) 555-1406", "+14805551406"),
        ("(480)555-1406", "+14805551406"),
        ("480.555.1406", "+14805551406"),
        ("480/555-0183", "+14805550183"),
        ("480_555_0183", "+14805550183"),
        ("480\u2013555\u20110158", "+14805550158"),
        ("480\u00b7555\u00b70158", "+14805550158"),
        ("\u200e+1 480\u00a0555\u20090158\u202c", "+14805550158"),
        ("\ufeff4805550158", "+14805550158"),
        ("\u0664\u0668\u0660 \u0665\u0665\u0665 \u0660\u0661\u0665\u0668", "+14805550158"),
        ("\uff0b\uff11\uff14\uff18\uff10\uff15\uff15\uff15\uff10\uff11\uff15\uff18", "+14805550158"),
        ("(+1) 480 555 0158", "+14805550158"),
        # abroad
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("+44(0)2079460018", "+442079460018"),
        ("0044 (0) 20 7946 0018", "+442079460018"),
        ("+39 (0)6 1234 5678", "+390612345678"),
        ("0039-(0)6-12345678", "+390612345678"),
        ("011 378 (0)549 123456", "+3780549123456"),
        ("+4402079460018", "+442079460018"),
        ("+5215512345678", "+525512345678"),
        ("011 52 1 55 1234 5678", "+525512345678"),
        ("+52 55 1234 5678", "+525512345678"),
        ("00 1 480 555 1406", "+14805551406"),
        ("0016025550100", "+16025550100"),
        ("011 44 20 7946 0018", "+442079460018"),
        ("+390612345678", "+390612345678"),
        # extensions
        ("480-555-0183 x12", "+14805550183"),
        ("480-555-0183x12", "+14805550183"),
        ("480-555-0183 ext. 12", "+14805550183"),
        ("480-555-0183, extension 12", "+14805550183"),
        ("480-555-0183 #12", "+14805550183"),
        ("(480) 555-0183 (ext 12)", "+14805550183"),
        # what trunks write around a number
        ("+14155559876;npdi;rn=+14155550000", "+14155559876"),
        ("4155559876;NPDI;RN=4155550000", "+14155559876"),
        ("4155559876;otg=abc", "+14155559876"),
        ("4155559876;verstat=TN-Validation-Passed", "+14155559876"),
        ("+14155559876;oli=0;isup-oli=62;cpc=ordinary;x-unheard-of", "+14155559876"),
        ("4155559876;phone-context=+1", "+14155559876"),
        ("2079460018;phone-context=+44", "+442079460018"),
        (" +14155559876;phone-context=+44", "+14155559876"),
        ("%20+14155559876;phone-context=+44", "+14155559876"),
        ("sip:+14155559876@192.0.2.1;a=1;b=2?x=1?y=2", "+14155559876"),
        ("sip:+14155559876@192.0.2.1?x=1?y=2", "+14155559876"),
        ("4155559876;phone-context=example.com", "+14155559876"),
        ("tel:+14155559876;isub=1", "+14155559876"),
        ("TEL:+1-415-555-9876", "+14155559876"),
        ("sip:14155559876@192.0.2.1:5060;user=phone", "+14155559876"),
        ('"Ann" <sip:+14155559876@trunk.example>', "+14155559876"),
        ("%2B14155559876", "+14155559876"),
        ("%2b1%28415%29%20555-9876;npdi", "+14155559876"),
    ],
)
def test_a_number_is_read_however_it_is_written(raw: str, number: str) -> None:
    assert read_number(raw) == parse_did(raw) == parse_ani(raw) == parse_keyed(raw) == number


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("02079460958", "+442079460958"),
        ("020 7946 0958", "+442079460958"),
        ("442079460958", "+442079460958"),
        ("0014805551406", "+14805551406"),
        ("011 1 480 555 1406", "+14805551406"),
        ("+14805551406", "+14805551406"),
    ],
)
def test_a_number_without_plus_is_one_of_the_region(raw: str, number: str) -> None:
    assert read_number(raw, "GB") == parse_keyed(raw, "GB") == number


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("5550141", "5550141 has 7 digits; a US number has 10"),
        ("0000", "0000 has 4 digits; a US number has 10"),
        ("00000", "00000 is one digit over and over and stands for a withheld number"),
        ("555 0141", "555 0141 has 7 digits; a US number has 10"),
        ("15550141", "15550141 has 8 digits; a US number has 10"),
        ("512 555 01", "512 555 01 has 8 digits; a US number has 10"),
        ("(512) 55-0147", "(512) 55-0147 has 9 digits; a US number has 10"),
        ("1000003", "1000003 has 7 digits; a US number has 10"),
        ("2026-11-28", "2026-11-28 has 8 digits; a US number has 10"),
        ("+15550142", "+15550142 has 7 digits after +1; a US number has 10"),
        ("+44 20 7946 001812", "+44 20 7946 001812 has 12 digits after +44; a GB number has 7, 9 or 10"),
        (
            "442079460018",
            "442079460018 has 12 digits; a US number has 10; a number of another country begins with +",
        ),
        ("48055501580", "48055501580 has 11 digits; a US number has 10; a number of another country begins with +"),
        ("1764547200", "1764547200 has an area code that begins with 1, as none does"),
        ("0805550158", "0805550158 has an area code that begins with 0, as none does"),
        ("+999123456789", "+999123456789 begins with no country's code"),
        ("+0441234567", "+0441234567 begins with no country's code"),
        ("+54123", "+54123 has 3 digits after +54; a AR number has 10 or 11"),
        ("+8831", "+8831 has 1 digit after +883; a number there has 8 to 12"),
        ("+80012", "+80012 has 2 digits after +800; a number there has 8"),
        ("+56123", "+56123 has 3 digits after +56; a CL number has 9 to 11"),
        ("+41123", "+41123 has 3 digits after +41; a CH number has 9 or 12"),
        ("+46123", "+46123 has 3 digits after +46; a SE number has 6, 7, 8, 9, 10 or 12"),
        ("+3541", "+3541 has 1 digit after +354; a IS number has 7 or 9"),
        (
            "4.80555E+09",
            "4.80555E+09 has lost digits in a spreadsheet: format the column as text there, enter the numbers again "
            "and export it again",
        ),
        ("4,80555E+9", None),
        ("415555987E1", None),
        ("4.155559876005E9", "4.155559876005E9 is not a telephone number"),
        ("4.15555987600" + "0" * 20 + "E9", None),
        (
            "5E4",
            "5E4 has lost digits in a spreadsheet: format the column as text there, enter the numbers again "
            "and export it again",
        ),
        ("4.80555016E+09", None),
        ("480-555-0101; 480-555-0102", "480-555-0101; 480-555-0102 is more than one number"),
        ("480-555-0101 / 480-555-0102", None),
        ("4155559876;x y", None),
        ("", "there is no number"),
        (" ", "there is no number"),
        ("\n", None),
        ("1-800-FLOWERS", "1-800-FLOWERS is not a telephone number"),
        ("sample-agent", None),
        ("s", None),
        ("x12", None),
        ("12", "12 has 2 digits; a US number has 10"),
        ("1" * 16, None),
        ("4155+559876", None),
        ("++14155559876", None),
        ("4155559876%0d%0aX: 1", None),
        ("${system(id)}", None),
        ("+14805551234@a b", None),
        ("+1480;" * 900, None),
    ],
)
def test_what_is_no_whole_number_is_refused_with_what_is_wrong(raw: str, reason: str | None) -> None:
    with pytest.raises(InvalidNumber) as refused:
        read_number(raw)
    assert refused.value.raw == raw
    assert reason in (None, str(refused.value))
    assert parse_ani(raw) is None


def test_forty_characters_of_what_was_given_are_shown() -> None:
    assert shown("x" * 40) == "x" * 40
    assert shown("x" * 41) == "x" * 40 + "\u2026"
    assert shown(" a\nb ") == "a?b"


def test_of_a_country_that_nobody_knows_a_number_has_as_many_digits_as_any_may_have() -> None:
    with pytest.raises(InvalidNumber, match=r"^12345 has 5 digits; a ZZ number has 15$"):
        read_number("12345", "ZZ")


@pytest.mark.parametrize(
    "raw",
    [
        "+266696687", "266696687", "+7378742833", "7378742833", "+86282452253", "86282452253", "2562533", "+2562533",
        "0000000000", "1111111111", "+11111111111", "9999999999", "+19999999999", "000-000-0000", "%2B266696687",
        "+266696687;verstat=No-TN-Validation", "sip:+7378742833@trunk.example", "5551234",
        "anonymous", "Anonymous", "Restricted", "unavailable", "UNKNOWN", "private", "0", "alice", "0000000000\r\n",
    ],
)  # fmt: skip
def test_a_caller_behind_a_placeholder_has_withheld_their_number(raw: str) -> None:
    assert parse_ani(raw) is None


@pytest.mark.parametrize("raw", ["266696687", "+266696687"])
def test_a_placeholder_that_is_no_number_anywhere_is_not_said_to_be_one(raw: str) -> None:
    with pytest.raises(InvalidNumber, match=r"stands for a withheld number$"):
        read_number(raw)


def test_a_placeholders_digits_with_a_country_code_are_a_number() -> None:
    assert parse_ani("+17378742833") == "+17378742833"
    with pytest.raises(InvalidNumber, match=r"spells RESTRICTED on a keypad .* write it with \+"):
        read_number("7378742833")


@pytest.mark.parametrize(
    ("text", "is_one"), [("+14805551234", True), ("+1999", False), ("+19999999", True), ("4805551234", False)]
)
def test_the_form_of_a_number_is_told_without_asking_whether_it_can_exist(text: str, is_one: bool) -> None:
    assert is_e164_form(text) is is_one


@pytest.mark.parametrize("number", ["+14805551234", "+15005550006", "+12000000000"])
def test_an_unused_looking_number_is_kept_all_the_same(number: str) -> None:
    assert parse_ani(number) == number


@given(st.text(max_size=40))
def test_whatever_a_caller_sends_is_an_e164_number_or_none(raw: str) -> None:
    number = parse_ani(raw)
    assert number is None or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit())


@given(st.text(max_size=80), st.sampled_from(["US", "GB", "DE", "JP", "IT", "AU"]))
def test_a_refusal_is_one_short_printable_line(raw: str, region: str) -> None:
    said = ""
    try:
        read_number(raw, region)
    except InvalidNumber as refused:
        said = str(refused)
    assert len(said) < 250
    assert said.isprintable()


@given(st.text("0123456789+-.() ", max_size=24), st.sampled_from(["US", "GB", "DE", "IT", "AU"]))
def test_what_is_read_is_complete_reads_as_itself_and_is_foreign_only_if_it_said_so(raw: str, region: str) -> None:
    number = parse_ani(raw, region)
    if number is None:
        return
    parsed = phonenumbers.parse(number)
    assert phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
    assert read_number(number, region) == parse_e164(number) == number
    digits = "".join(c for c in raw if c in "+0123456789")
    if not digits.startswith(("+", "0")):
        assert parsed.country_code == phonenumbers.country_code_for_region(region)


_NUMBERS = st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True).filter(lambda text: len(set(text[2:])) > 1)
_FORMS = (
    lambda n: n,
    lambda n: f"+1 ({n[2:5]}) {n[5:8]}-{n[8:]}",
    lambda n: f"{n[2:5]}.{n[5:8]}.{n[8:]} x7",
    lambda n: f"00{n[1:]};NPDI;rn=+15550000000",
    lambda n: f"sip:{quote(n, safe='')};otg=1@trunk.example",
    lambda n: f'="{n[1:]}"',
    lambda n: f"{n[1:]}.0",
)


@given(_NUMBERS, st.sampled_from(_FORMS))
def test_every_writing_of_a_number_is_the_same_number(number: str, form: object) -> None:
    assert callable(form)
    assert read_number(form(number)) == number
