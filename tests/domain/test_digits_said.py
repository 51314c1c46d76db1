"""Which digits a prompt asks callers to press: what people write, and what only looks like it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.digits_said import digits_said
from ivr.domain.menu.starters import STARTERS

ROOT = Path(__file__).parents[2]

ASKED = [
    ("Press 1 for a roofer, or 9 to be removed from our list.", "19"),
    ("Press 1 for a roofer or 9 to be removed from our list", "19"),
    ("Press 1 to talk to us; 9 if you want no more calls.", "19"),
    ("Thanks for calling. Press 1 if you are a licensed plumber, or press 9 to be removed from our list.", "19"),
    ("Select 9 to opt out.", "9"),
    ("Please enter 9 now.", "9"),
    ("Choose option 9.", "9"),
    ("To stop these calls, dial 9.", "9"),
    ("Dial 9 and we will not call again", "9"),
    ("You can opt out at any time by pressing the 9 key.", "9"),
    ("Press or say nine.", "9"),
    ("Simply hit the number 9 button", "9"),
    ("Use 9 to opt out", "9"),
    ("On your phone, press 1 now. Or press 9 now.", "19"),
    ("Pulse en su teclado el 9.", "9"),
    ("9 to opt out.", "9"),
    ("1 for sales, 9 to opt out.", "19"),
    ("For sales press 1, for support 2, to be taken off our list 9.", "129"),
    ("To be called at this time every day press 1, to stop such calls 9.", "19"),
    ("For sales, 1. For support, 2. To opt out, 9.", "129"),
    ("[9] remove me", "9"),
    ("Talk to us [1], no more calls [9].", "19"),
    ("Roofer, or no more calls: 1 / 9", "19"),
    ("Press 1/9", "19"),
    ("Press 1,2 or 9", "129"),
    ("Press 1, 2, or 9.", "129"),
    ("Press (9) to opt out", "9"),
    ('Press "9" to opt out', "9"),
    ("9: no more calls", "9"),
    ("Sales (1), opt out (9)", "19"),
    ("Sales: 1. Opt out: 9", "19"),
    ("9 - opt out", "9"),
    ("Sales - 1\n9 \u2013 no more calls", "9"),
    ("Press \uff19 to opt out.", "9"),
    ("Press \u0669 to opt out.", "9"),
    ("Press \u20199\u2019 to opt out.", "9"),
    ("Press \u201e9\u201c to opt out.", "9"),
    ("Sales = 1, opt-out = 9", "19"),
    ("Press 1 for sales, 9 removes you from our list.", "19"),
    ("Press 1 for sales, 9 opts you out.", "19"),
    ("Press 1 now, otherwise 9.", "19"),
    ("Press nine—any time—to opt out", "9"),
    ("Press 1 through 3 for a department, or 9 to opt out.", "1239"),
    ("Press 1-3 for a department.", "123"),
    ("Press 7 to 9.", "789"),
    ("Press #9 to opt out.", "9"),
    ("Press no. 9 to opt out.", "9"),
    ("9. Opt out", "9"),
    ("1) Sales\n9) Opt out", "19"),
    ("Marque el número 9.", "9"),
    ("Drücken Sie die 9, um keine Anrufe mehr zu erhalten.", "9"),
    ("Drücken Sie bitte die Taste neun.", "9"),
    ("Für Verkauf die 1 drücken, um abgemeldet zu werden die 9.", "1"),
    ("Wählen Sie 1 oder 9.", "19"),
    ("Pressione a tecla 9 para sair da lista.", "9"),
    ("Digite 1 para vendas ou 9 para sair.", "19"),
    ("Prema il tasto nove per essere cancellato.", "9"),
    ("Prema 1 per le vendite o 9 per uscire.", "19"),
    ("press\n9 to opt-out", "9"),
    ("Press nine to be taken off the list. NINE!", "9"),
    ("Press star to go back, or pound to end.", "*#"),
    ("Press the star key, the hash key or the pound sign", "*#"),
    ("Press # or *", "#*"),
    ("Press one. Press two. Press zero.", "120"),
    ("press one, two or 3; press the star key", "123*"),
    ("Press 1, and press 1 again, or hit #", "1#"),
    ("The press one reads. Press onward. Impress 2.", "1"),
    ("Press 1 for sales or the 9 to be removed.", "19"),
    ("* For sales ask Ann\n* For support ask Bob\n9 to opt out", "9"),
    ("9 = no more calls", "9"),
    ("Hello. Press 1 for sales, for support 2.", "12"),
    ("Press 1 for sales, for emergencies dial 9 9 9, thank you.", "1"),
    ("Press 1 or 2 now.", "12"),
    ("Press 1 and 2 together.", "12"),
    ("Press 1, 2 roofers wait for you.", "1"),
    ("Press 1 for sales, for deliveries see gate 9.", "1"),
    ("Press 1 now. For roses see bed 9.", "1"),
    ("Nine to opt out", "9"),
    ("You entered 4 8 0. 1 if right, 2 to enter it again.", "12"),
    ("Press 1 to use your number, or 2 for another. Press 1 to talk to 1 of our 3 agents.", "12"),
    # Spanish
    ("Marque 9 para no recibir más llamadas.", "9"),
    ("Para ventas marque 1, para que no le llamemos más oprima el 9.", "19"),
    ("Oprima el 9", "9"),
    ("Pulse nueve", "9"),
    ("Pulse la tecla uno para ventas, o el nueve para salir de la lista.", "19"),
    ("Marque el número cero, presione asterisco o almohadilla.", "0*#"),
    ("Presione la tecla numeral", "#"),
    ("Para ventas, 1. Para darse de baja, 9.", "19"),
    ("Para hablar con un agente, marque uno; si no quiere más llamadas, marque dos.", "12"),
    # French
    ("Appuyez sur le 9", "9"),
    ("Appuyez sur la touche 9 pour ne plus être appelé.", "9"),
    ("Pour un plombier, faites le un ; pour ne plus être appelé, faites le neuf.", "19"),
    ("Faites le neuf", "9"),
    ("Tapez 1 pour un couvreur, ou 9 pour ne plus recevoir d'appels.", "19"),
    ("Appuyez sur l'étoile, ou sur la touche dièse.", "*#"),
    ("Composez le 2 ou le 9.", "29"),
    # A known word for the key in an unknown sentence is no help, brackets are: any language.
    ("Drücken Sie die Taste [9]", "9"),
]

NOT_ASKED = [
    "9 - noon",
    "Hours: 9 - noon",
    "We are open Monday, 9 - late",
    "Suite 9 - Phoenix",
    "",
    "If this is an emergency, hang up and dial 9-1-1.",
    "Dial 911 in an emergency.",
    "Dial 9 1 1.",
    "Dial 1 800 555 0199.",
    "Hang up and dial nine one one.",
    "Dial nine-one-one.",
    "Press 9am",
    "Press 9 a.m. for the time.",
    "Call 1-800-555-0199.",
    "Dial 1-800-555-0199 or 1 800 555 0199.",
    "For emergencies dial 9 1 1, thank you.",
    "Dial 1 800FLOWERS.",
    "For an agent dial 555 9.",
    "Saturdays, 9 to noon.",
    "Tickets: 2 for $10.",
    "Tickets: 2 for 5 dollars.",
    "Roses, 2 for 5.",
    "There is nothing to press. For roses see bed 9.",
    "For sales ask Ann. 9.",
    "9.",
    "Enter 1 to 5 digits.",
    "Enter 1 to 10.",
    "To rate us enter 1 - 5, thank you.",
    "To rate us enter 1 – 5, thank you.",
    "One for all and all for one.",
    "We are open 9 to 5, Monday to Friday, 9am-5pm.",
    "We are here Monday to Friday, from nine to five.",
    "Open from 9 to noon.",
    "Come at 9 o'clock.",
    "It costs $9, or 9 dollars, or 9.",
    "Press 10 or 12.",
    "24/7, 5/3/2026, 2026-05-03, 1/2",
    "Enter the ten digits.",
    "Enter 5 digits.",
    "Enter one or two digits.",
    "Select one of the following.",
    "Enter your five-digit zip code, then pound.",
    "We are the #1 roofer.",
    "Our five star service is for you. No one else has it.",
    "Wait 9 minutes, or 9 hours.",
    "* For sales ask Ann\n* For support ask Bob",
    "Suite 9. We have 9.",
    "Marque 9 1 1 en caso de emergencia.",
    "Estamos abiertos de 9 a 5.",
    "Llame al 9 1 1.",
    "Nous sommes ouverts de 9 h à 17 h.",
    "Composez le 9-1-1. Composez le 15.",
    "Pour un plombier, attendez un instant.",
]


@pytest.mark.parametrize(("text", "digits"), ASKED)
def test_a_digit_that_callers_are_asked_for_is_found(text: str, digits: str) -> None:
    assert digits_said(text) == list(digits)


@pytest.mark.parametrize("text", NOT_ASKED)
def test_a_number_that_is_no_key_is_not_taken_for_one(text: str) -> None:
    assert digits_said(text) == []


WAYS = (
    "Press {} to opt out.",
    "Welcome. Press 5 for sales, or {} to be removed from our list.",
    "select {}",
    "No more calls? Enter {}!",
    "Press the {} key.",
    "Marque {} para salir.",
    "Oprima la tecla {}",
    "Appuyez sur le {}.",
    "Faites le {} pour ne plus être appelé",
    "[{}] stop",
)
LOOKALIKES = (
    "dial {0}-1-1",
    "press {0}am",
    "call 1-{0}00-555-0199",
    "at {0}:30",
    "${0}.50",
    "{0} minutes",
    "{0}0 people",
)
PIECES = ("press", "1", "9", "to", "or", ",", ".", "[", "]", "/", "-", "nine", "*", "(", "for", "12", "\n", "pm")


@given(st.sampled_from(WAYS), st.sampled_from("0123456789"))
def test_any_digit_is_found_in_any_way_of_asking(way: str, digit: str) -> None:
    assert digit in digits_said(way.format(digit))


@given(st.lists(st.sampled_from(LOOKALIKES), min_size=1, max_size=4), st.sampled_from("23456789"))
def test_what_only_looks_like_a_digit_never_hides_that_it_is_not_said(texts: list[str], digit: str) -> None:
    assert digits_said(". ".join(texts).format(digit)) == []


@given(st.text() | st.lists(st.sampled_from(PIECES)))
def test_any_text_gives_each_digit_once_whatever_its_case(given_text: str | list[str]) -> None:
    text = given_text if isinstance(given_text, str) else " ".join(given_text)
    found = digits_said(text)
    assert len(set(found)) == len(found)
    assert set(found) <= set("0123456789*#")
    if text.isascii():
        assert digits_said(text.upper()) == found


def test_a_long_text_takes_no_longer_for_each_word() -> None:
    text = "press 1, 2 or 9 to be removed, " * 3000
    assert digits_said(text) == ["1", "2", "9"]


def test_every_text_of_a_template_and_of_the_readme_names_all_keys_of_its_question() -> None:
    checked = 0
    for starter in STARTERS:
        for node in starter.document("Hill Roofing")["nodes"].values():
            texts = node.get("text", "")
            for text in texts.values() if isinstance(texts, dict) else [texts]:
                if "gather" in node and text:
                    assert sorted(digits_said(text)) == sorted(node["gather"]), text
                    checked += 1
    assert checked > 5
    (text,) = re.findall(r'"node": "hello", "text": "([^"]+)"', (ROOT / "README.md").read_text())
    assert digits_said(text) == ["1", "9"]
