"""German; callers are Sie."""

from ivr.domain.system_prompts.words import SystemWords

WORDS = SystemWords(
    language="de",
    sentences={
        "invalid": "Das ist leider keine gültige Auswahl.",
        "goodbye": "Vielen Dank für Ihren Anruf. Auf Wiederhören.",
        "apology": (
            "Es tut uns leid, Ihr Anruf kann gerade nicht entgegengenommen werden. "
            "Bitte rufen Sie später noch einmal an. Auf Wiederhören."
        ),
        "opted_out": "Ihre Nummer wurde aus unserer Liste gelöscht. Auf Wiederhören.",
        "number_unknown": (
            "Wir konnten Ihre Nummer nicht sehen und sie deshalb nicht aus unserer Liste löschen. "
            "Um sie löschen zu lassen, rufen Sie bitte noch einmal an und geben Sie sie ein, "
            "oder rufen Sie an, ohne sie zu unterdrücken. Auf Wiederhören."
        ),
        "key_number": (
            "Um Ihre Nummer aus unserer Liste löschen zu lassen, geben Sie sie jetzt ein und drücken Sie "
            "danach Raute."
        ),
        "confirm_number": "Wenn das Ihre Nummer ist, drücken Sie 1. Um sie noch einmal einzugeben, drücken Sie 2.",
        "trouble": (
            "Es tut uns leid, bei uns ist ein Fehler aufgetreten. "
            "Bitte rufen Sie später noch einmal an. Auf Wiederhören."
        ),
        "not_recorded": "Es tut uns leid, was Sie gesagt haben, konnte nicht aufgenommen werden.",
        "call_recorded": "Dieser Anruf wird aufgezeichnet.",
        "sample_agent": (
            "Sie sind mit dem Beispielagenten von Digitree verbunden. "
            "In einer echten Installation würde jetzt Ihr Agent mit Ihnen sprechen. Auf Wiederhören."
        ),
    },
    press="Drücken Sie",
    or_="oder",
    or_before={},
    digits=("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    star="Stern",
    pound="Raute",
)
