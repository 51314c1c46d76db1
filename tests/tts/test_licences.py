"""What a model card says of commercial use; where it does not say, the verdict is cautious."""

from __future__ import annotations

import pytest

from tests.tts.mirror import CARD
from tts.library.licences import of_model_card
from tts.server.voices import VoiceTable

SCRATCH = "Trained from scratch."
LESSAC = "Finetuned from U.S. English lessac voice (medium quality)."


@pytest.mark.parametrize(
    ("licence", "training", "verdict"),
    [
        ("CC0", SCRATCH, "yes"),
        ("Public Domain", SCRATCH, "yes"),
        ("CC BY 4.0", SCRATCH, "yes"),
        ("CC-BY-SA-4.0", "Fine tuned from scratch", "yes"),
        ("Apache 2.0", SCRATCH, "yes"),
        ("CC0", LESSAC, "unclear"),
        ("CC BY 4.0", "Finetuned from German thorsten voice.", "unclear"),
        ("See URL", SCRATCH, "unclear"),
        ("Custom licence", SCRATCH, "unclear"),
        ("CC BY-NC 4.0", SCRATCH, "no"),
        ("CC-BY-NC-SA-4.0", LESSAC, "no"),
        ("https://www.cstr.ed.ac.uk/projects/blizzard/2013/lessac_blizzard2013/license.html", SCRATCH, "no"),
        ("Non-commercial", SCRATCH, "no"),
    ],
)
def test_the_verdict_on_a_model_card(licence: str, training: str, verdict: str) -> None:
    found = of_model_card(CARD.format(name="amy", licence=licence, training=training))
    assert (found.name, found.commerce) == (licence, verdict)
    assert bool(found.note) == (verdict != "yes")


def test_a_card_without_a_licence_is_unclear() -> None:
    found = of_model_card("# Model card\n\n* Language: de_DE", "https://example.com/card")
    assert (found.commerce, found.source) == ("unclear", "https://example.com/card")


def test_the_voice_that_comes_along_is_marked_for_what_its_model_is_made_from(tmp_path: object) -> None:
    from pathlib import Path

    joe = VoiceTable(Path(str(tmp_path))).resolve("joe")
    assert (joe.licence.name, joe.licence.commerce) == ("CC0", "unclear")
    assert "lessac" in joe.licence.note
    assert joe.licence.source.startswith("https://")
