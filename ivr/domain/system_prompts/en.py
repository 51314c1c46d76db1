"""US English, which every installation has."""

from ivr.domain.system_prompts.words import SystemWords

WORDS = SystemWords(
    language="en",
    sentences={
        "invalid": "Sorry, that is not one of the choices.",
        "goodbye": "Thank you for calling. Goodbye.",
        "apology": "We are sorry, nobody can take your call right now. Please call again later. Goodbye.",
        "opted_out": "Your number has been removed from our list. Goodbye.",
        "number_unknown": (
            "We could not see your number, so we could not take it off our list. "
            "To have it removed, please call again and key it in, or call without hiding it. Goodbye."
        ),
        "key_number": "To have your number taken off our list, key it in now, and then press pound.",
        "confirm_number": "If this is your number, press 1. To key it in again, press 2.",
        "trouble": "We are sorry, something went wrong on our side. Please call again later. Goodbye.",
        "not_recorded": "We are sorry, what you said could not be recorded.",
        "call_recorded": "This call is recorded.",
        "sample_agent": (
            "You have reached the sample agent of Digitree. "
            "In a real installation, your agent would be speaking to you now. Goodbye."
        ),
    },
    press="Press",
    or_="or",
    or_before={},
    digits=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    star="star",
    pound="pound",
)
