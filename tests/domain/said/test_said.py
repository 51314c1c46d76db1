"""What is said for a text: the tables of right readings, and what holds for every text."""

from __future__ import annotations

import pytest

from ivr.domain.said.date_order import use_region
from ivr.domain.said.pauses import TagRefused
from ivr.domain.said.said import normalise
from tests.domain.said.table_en import CASES as ENGLISH
from tests.domain.said.table_other import CASES as OTHER
from tests.domain.said.words import words_of


@pytest.mark.parametrize(("text", "reading"), [case[1:] for case in ENGLISH], ids=[case[1][:40] for case in ENGLISH])
def test_an_english_text_is_heard_as_it_was_meant(text: str, reading: str) -> None:
    assert words_of(normalise(text, "en-us").text) == words_of(reading)


@pytest.mark.parametrize("case", OTHER, ids=[f"{case[0]} {case[2][:40]}" for case in OTHER])
def test_a_text_of_another_language_is_heard_as_it_was_meant(case: tuple[str, str, str, str]) -> None:
    language, _, text, reading = case
    assert words_of(normalise(text, language, region="ES").text) == words_of(reading)


@pytest.mark.parametrize(
    ("region", "language", "text", "reading"),
    [
        ("US", "en-us", "5/3/2026", "May third, twenty twenty-six"),
        ("US", "es", "El 5/3/2026", "El tres de mayo de dos mil veintiséis"),
        ("US", "es", "El 2/1", "El primero de febrero"),
        ("US", "es", "El 7/24 y el 5/13/26", "El veinticuatro de julio y el trece de mayo de dos mil veintiséis"),
        ("US", "es", "1/2 kilo, 24/7", "medio kilo, veinticuatro siete"),
        ("US", "es", "25/12/2026", "veinticinco de diciembre de dos mil veintiséis"),
        ("US", "fr", "le 5/3/2026", "le trois mai deux mille vingt-six"),
        ("CA", "fr", "le 5/3/2026", "le trois mai deux mille vingt-six"),
        ("PH", "en-us", "5/3/2026", "May third, twenty twenty-six"),
        ("MX", "es", "El 5/3/2026", "El cinco de marzo de dos mil veintiséis"),
        ("MX", "en-us", "5/3/2026", "March fifth, twenty twenty-six"),
        ("GB", "en-gb", "5/3, and 25/12/26", "March fifth, and December twenty-fifth, twenty twenty-six"),
        ("GB", "en-us", "by 1/2", "by February first"),
        ("GB", "en-us", "1/2 inch, 24/7", "one half inch, twenty-four seven"),
    ],
)  # fmt: skip
def test_a_date_is_the_same_day_in_every_language_as_the_region_writes_it(
    region: str, language: str, text: str, reading: str
) -> None:
    assert words_of(normalise(text, language, region=region).text) == words_of(reading)


def test_a_process_reads_dates_as_its_own_region_writes_them() -> None:
    try:
        use_region("GB")
        assert normalise("5/3/2026", "en-gb").text == "March fifth, twenty twenty-six"
    finally:
        use_region("US")
    assert normalise("5/3/2026", "en-gb").text == "May third, twenty twenty-six"


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("Hi {{first_name}}, welcome.", "en-us", "text_template"),
        ("Call now \U0001f600", "en-us", "text_emoji"),
        ("Press 1 \u4f60\u597d", "en-us", "text_script"),
        ("Gracias por llamar. Oprima el uno para ventas.", "en-us", "text_language"),
        ("Thank you for calling. Press 1 for our office.", "es", "text_language"),
        ("Merci de votre appel. Tapez un pour nous joindre.", "de", "text_language"),
    ],
)
def test_what_a_voice_cannot_say_is_a_doubt(text: str, language: str, code: str) -> None:
    assert [doubt.code for doubt in normalise(text, language).doubts] == [code]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *((case[2], case[0]) for case in OTHER),
        ("Un instant, s'il vous plaît.", "fr"),
        ("Un momento, por favor.", "es"),
        ("Um momento, por favor.", "pt-br"),
        ("Un momento, per favore.", "it"),
        ("Einen Moment bitte.", "de"),
    ],
)
def test_a_text_in_the_language_of_its_voice_is_not_taken_for_another(text: str, language: str) -> None:
    assert "text_language" not in [doubt.code for doubt in normalise(text, language).doubts]


def test_a_plain_text_leaves_no_doubt() -> None:
    for _, text, _ in ENGLISH:
        if "español" not in text:
            assert normalise(text, "en-us").doubts == (), text


@pytest.mark.parametrize(
    ("tag", "pause"),
    [
        ("<break/>", 500), ('<break time="250ms"/>', 250), ("<break time='2s' />", 2000),
        ('<break time="1.5s">', 1500),
        ('<break strength="strong"/>', 700), ('<BREAK time="5s"/>', 5000), ("...", 500), ("\u2026", 500), (". . .",
        500),
    ],
)  # fmt: skip
def test_a_pause_is_read_in_all_its_spellings(tag: str, pause: int) -> None:
    assert normalise(f"One {tag} two", "en-us").text == f'One <break time="{pause}ms"/> two'


@pytest.mark.parametrize(
    "tag", ["<b>", "</b>", '<break time="6s"/>', '<break time="long"/>', "<say-as>", "<!-- x -->", "<?xml?>"]
)
def test_every_other_tag_is_refused(tag: str) -> None:
    with pytest.raises(TagRefused):
        normalise(f"One {tag} two", "en-us")


def test_less_and_more_are_no_tags() -> None:
    assert normalise("Wait < 5 minutes, > 10 people",
    "en").text == "Wait less than five minutes, more than ten people"


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("es", "Sr. García", "señor García"),
        ("fr", "M. Dupont", "monsieur Dupont"),
        ("de", "Dr. Weiß", "Doktor Weiß"),
        ("pt-br", "Av. Paulista", "avenida Paulista"),
        ("en-us", "Dr. Smith", "Doctor Smith"),
    ],
)
def test_a_title_ends_no_sentence_before_its_name(language: str, text: str, said: str) -> None:
    assert normalise(text, language).text == said
