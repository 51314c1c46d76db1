"""Commands that send keys to the caller's side: as telephone-events where these were negotiated, else as tones.

FreeSWITCH only queues the events and returns at once, so silence is played while they go out.
"""

from __future__ import annotations

from typing import NamedTuple

from esl_server.switch.commands import execute
from ivr.domain.errors import EslCommandRefused
from ivr.domain.menu.send_digits import KEYS_SENT

_KEY_MS, _PAUSE_MS = 200, 100
# What FreeSWITCH keeps between two events, and before the first.
_BETWEEN_MS, _AHEAD_MS = 200, 200
_WAITS_MS = {"w": 500, "W": 1000}
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_HERTZ = {key: (_ROWS[at // 4], _COLUMNS[at % 4]) for at, key in enumerate("123A456B789C*0#D")}
# Of a path that FreeSWITCH plays.
_TONES_TOGETHER = 16


class SentKeys(NamedTuple):
    """`ms`: how long all commands take together. Each is replied to once."""

    commands: tuple[bytes, ...]
    ms: int


def as_events(keys: str) -> SentKeys:
    """Raises EslCommandRefused."""
    _check(keys)
    waited_ms = sum(_WAITS_MS.get(each, 0) for each in keys)
    pressed = sum(each not in _WAITS_MS for each in keys)
    ms = _AHEAD_MS + waited_ms + pressed * (_KEY_MS + _BETWEEN_MS)
    return SentKeys((execute("send_dtmf", f"{keys}@{_KEY_MS}"), _silence(ms)), ms)


def as_tones(keys: str) -> SentKeys:
    """Raises EslCommandRefused."""
    _check(keys)
    first = next(at for at, each in enumerate(keys) if each not in _WAITS_MS)
    ahead_ms = sum(_WAITS_MS[each] for each in keys[:first])
    tones: list[list[int]] = []
    for each in keys[first:]:
        if each in _WAITS_MS:
            tones[-1][1] += _WAITS_MS[each]
        else:
            tones.append([_KEY_MS, _PAUSE_MS, *_HERTZ[each]])
    commands = [_silence(ahead_ms)] if ahead_ms else []
    for at in range(0, len(tones), _TONES_TOGETHER):
        script = ";".join(f"%({on},{off},{low},{high})" for on, off, low, high in tones[at : at + _TONES_TOGETHER])
        commands.append(execute("loop_playback", f"tone_stream://{script}"))
    return SentKeys(tuple(commands), ahead_ms + sum(on + off for on, off, *_ in tones))


def _silence(ms: int) -> bytes:
    return execute("loop_playback", f"silence_stream://{ms}")


def _check(keys: str) -> None:
    if not KEYS_SENT.fullmatch(keys):
        raise EslCommandRefused(f"keys not fit for FreeSWITCH: {keys[:80]!r}")
