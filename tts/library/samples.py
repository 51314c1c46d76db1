"""What a voice says to let itself be heard, in its own language where we have words for it."""

from __future__ import annotations

from collections.abc import Mapping

SAMPLES: Mapping[str, str] = {
    "en": "Thank you for calling. For opening hours, press 1. To speak with somebody, press 2.",
    "es": "Gracias por llamar. Para conocer el horario, pulse uno. Para hablar con alguien, pulse dos.",
    "fr": "Merci de votre appel. Pour les horaires, tapez un. Pour parler à quelqu'un, tapez deux.",
    "de": "Danke für Ihren Anruf. Für Öffnungszeiten drücken Sie die eins, für ein Gespräch die zwei.",
    "it": "Grazie per la chiamata. Per gli orari prema uno. Per parlare con qualcuno prema due.",
    "pt": "Obrigado por ligar. Para saber o horário, tecle um. Para falar com alguém, tecle dois.",
    "hi": "कॉल करने के लिए धन्यवाद। समय जानने के लिए एक दबाएँ। बात करने के लिए दो दबाएँ।",
}


def sample_of(language: str) -> str:
    """In English where we have no other words."""
    return SAMPLES.get(language.lower().replace("_", "-").partition("-")[0], SAMPLES["en"])
