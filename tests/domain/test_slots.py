"""The places of a node where something is said, and the names that they get when they are spoken."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.domain.menu.slots import slots_of, with_names, with_voice, with_words


def told(node: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(slot.at, slot.audio, slot.text) for slot in slots_of(node)]


@pytest.mark.parametrize(
    ("node", "slots"),
    [
        ({}, [("audio", None, None)]),
        ({"text": "Hi"}, [("audio", None, "Hi")]),
        ({"audio": "a.wav", "text": "Hi"}, [("audio", "a.wav", "Hi")]),
        ({"audio": ["a.wav", "b.wav"]}, [("audio/0", "a.wav", None), ("audio/1", "b.wav", None)]),
        (
            {"audio": ["a.wav", "b.wav"], "text": ["Hi", "Bye"]},
            [("audio/0", "a.wav", "Hi"), ("audio/1", "b.wav", "Bye")],
        ),
        (
            {"audio": {"en": ["a.wav", "b.wav"]}, "text": {"en": "Hi"}},
            [("audio/en/0", "a.wav", None), ("audio/en/1", "b.wav", None)],
        ),
        (
            {"audio": {"en": "a.wav"}, "text": {"en": ["Hi", "Bye"]}},
            [("audio/en/0", "a.wav", "Hi"), ("audio/en/1", None, "Bye")],
        ),
        # Words of the whole sequence.
        ({"audio": ["a.wav"], "text": "Hi"}, [("audio/0", "a.wav", None)]),
        ({"text": {"en": "Hi", "es": "Hola"}}, [("audio/en", None, "Hi"), ("audio/es", None, "Hola")]),
        (
            {"audio": "a.wav", "text": {"en": "Hi", "es": "Hola"}},
            [("audio/en", "a.wav", "Hi"), ("audio/es", None, "Hola")],
        ),
        (
            {"audio": {"es": "b.wav"}, "text": {"en": "Hi", "es": "Hola"}},
            [("audio/en", None, "Hi"), ("audio/es", "b.wav", "Hola")],
        ),
        (
            {"audio": "a.wav", "again_audio": ["b.wav", "c.wav"]},
            [("audio", "a.wav", None), ("again_audio/0", "b.wav", None), ("again_audio/1", "c.wav", None)],
        ),
    ],
)
def test_a_place_has_a_name_or_words(node: dict[str, Any], slots: list[tuple[str, str | None, str | None]]) -> None:
    assert told(node) == slots


@pytest.mark.parametrize(
    ("node", "taken", "named"),
    [
        ({}, (), {"audio": "n.wav"}),
        ({}, ("n.wav", "n-2.wav"), {"audio": "n-3.wav"}),
        ({"audio": "a.wav", "text": "Hi"}, (), {"audio": "a.wav"}),
        ({"text": ["Hi", "Bye"]}, (), {"audio": ["n.wav", "n-2.wav"]}),
        ({"text": ["Hi", "Bye"], "audio": "a.wav"}, (), {"audio": ["a.wav", "n-2.wav"]}),
        ({"text": ["Hi"], "audio": ["a.wav", "b.wav"]}, (), {"audio": ["a.wav", "b.wav"]}),
        ({"text": {"en": "Hi", "es": "Hola"}}, (), {"audio": {"en": "n-en.wav", "es": "n-es.wav"}}),
        (
            {"text": {"en": "Hi", "es": ["Hola", "x"]}, "audio": "a.wav"},
            (),
            {"audio": {"en": "a.wav", "es": ["n-es.wav", "n-es-2.wav"]}},
        ),
        ({"text": {"en": "Hi"}, "audio": {"es": "b.wav"}}, (), {"audio": {"en": "n-en.wav", "es": "b.wav"}}),
        ({"text": ["Hi"], "audio": {"es": "b.wav"}}, (), {"audio": {"es": "b.wav"}}),
        ({"text": "Hi", "audio": ["a.wav"]}, (), {"audio": ["a.wav"]}),
    ],
)
def test_what_has_no_name_gets_one_that_tells_where_it_is_heard(
    node: dict[str, Any], taken: tuple[str, ...], named: dict[str, Any]
) -> None:
    assert with_names(node, "n", taken, "audio") == {**node, **named}


def test_a_long_node_keeps_room_for_the_end_of_the_name() -> None:
    named = with_names({"text": {"pt-BR": "Oi"}}, "n" * 64, ())
    assert named["audio"] == {"pt-BR": "n" * 58 + "-pt-BR.wav"}


def test_words_and_voice_are_replaced_where_they_stand() -> None:
    node = {"text": {"en": "Hi", "es": ["Hola", "x"]}, "voice": {"es": "ana"}}
    assert with_words(node, ("audio", "es", "1"), "y")["text"] == {"en": "Hi", "es": ["Hola", "y"]}
    assert with_words(node, ("audio", "en"), "Hello")["text"] == {"en": "Hello", "es": ["Hola", "x"]}
    assert with_words({}, ("audio",), "Hello") == {}
    assert with_voice(node, "es", "eva")["voice"] == {"es": "eva"}
    assert with_voice(node, "en", "eva") == node
    assert with_voice({"voice": "ana"}, "en", "eva") == {"voice": "eva"}
    assert with_voice({}, None, "eva") == {}
