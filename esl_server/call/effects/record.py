"""A recording: a prompt and a tone, then what the caller says, written by the switch as it comes.

What was said is kept however it ends: by a key, by silence, after the longest time, or by the hang-up. Where the disk
has no room the caller hears that, and the call goes on without it.
"""

from __future__ import annotations

import logging
from typing import Literal

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.playing import play_now
from esl_server.switch.recording import Recorded, Recording
from ivr.domain.call_records import Step, utc_now
from ivr.domain.errors import CallerHungUp, StorageUnavailable
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.menu.record import FAILED, KEPT, NOTHING, RecordNode
from ivr.domain.sounds import SoundNote, name_sound
from ivr.domain.tickets import NODE_VARIABLE

log = logging.getLogger(__name__)

# Less is a click, or a key that was pressed at once.
_LEAST_MS = 500
# The switch counts frames, and hears the end of its own tone.
_TOLERANCE_MS = 250
# Of what a file may lack that was written to its end.
_LACKS_MS = 500

EndedBy = Literal["key", "silence", "longest", "hang_up", "full", "nothing", "failed"]


def record(call: Call, menu: CompiledMenu, position: Position, act: Act[RecordNode]) -> After:
    """Raises CallerHungUp."""
    node = act.node
    call.set_for_phone(NODE_VARIABLE, node.id)
    _play_prompts(call, menu, position, node)
    sound = name_sound(call.record.call_id, position.steps)
    path = _begin(call, node, sound)
    if path is None:
        return _go_on(call, menu, position, node, "", 0, "failed")
    began_ms = now_ms()
    recording = Recording(path, node.max_s, node.silence_s, node.end_keys, node.tone)
    recorded = call.leg.record(recording, call.stand(position, began_ms, "recording"))
    return _conclude(call, menu, position, node, sound, recorded)


def continue_recording(
    call: Call, menu: CompiledMenu, position: Position, node: RecordNode, recorded: Recorded
) -> After:
    """After a takeover: the recording has ended meanwhile. Raises CallerHungUp."""
    sound = name_sound(call.record.call_id, position.steps)
    return _conclude(call, menu, position, node, sound, recorded)


def _play_prompts(call: Call, menu: CompiledMenu, position: Position, node: RecordNode) -> None:
    """Play them now; a key cuts them, and the recording begins."""
    again = position.failures > 0
    if call.story is not None:
        call.story.heard(node.id, 1, "no_input" if again else None)
    state = call.stand(position, now_ms())
    for said in (node.no_input_audio if again else None, node.audio):
        prompt = menu.spoken(said, position.memory)
        if prompt is not None:
            call.leg.play_with_next(prompt.path, prompt.duration_ms, lambda: state, is_cut=node.barge_in)
            call.lead.ms += prompt.duration_ms
    play_now(call, position)
    call.pressed = None
    call.leg.keep_digits(False)
    if call.leg.hung_up:
        _note(call, position, node, None, 0, "hang_up")
        raise CallerHungUp


def _begin(call: Call, node: RecordNode, sound: str) -> str | None:
    """The path for the switch; None where nothing can be recorded."""
    record = call.record
    note = SoundNote(
        sound, record.call_id, node.id, record.ivr_id, record.ani, node.mailbox, utc_now(), record.test
    )
    try:
        path = str(call.services.recordings.begin(note, node.max_s))
    except StorageUnavailable as error:
        log.critical("%s: nothing can be recorded at %s: %s", record.call_id, node.id, error)
        return None
    if not call.leg.sees(path) and not call.leg.hung_up:
        log.critical("%s: nothing can be recorded at %s: the switch has no %s", record.call_id, node.id, path)
        call.services.recordings.forget(sound)
        return None
    return path


def _conclude(
    call: Call, menu: CompiledMenu, position: Position, node: RecordNode, sound: str, recorded: Recorded
) -> After:
    ms, ended_by = recorded.ms or 0, _ended_by(call, recorded)
    silent_ms = node.silence_s * 1000 + _TOLERANCE_MS if ended_by == "silence" else _LEAST_MS
    there_ms = call.services.recordings.milliseconds(sound)
    if ms > there_ms + _LACKS_MS:
        log.critical("%s: %d ms were recorded at %s, %d are on disk", call.record.call_id, ms, node.id, there_ms)
        return _go_on(call, menu, position, node, sound if there_ms > _LEAST_MS else "", there_ms, "full")
    if ms <= silent_ms:
        call.services.recordings.forget(sound)
        return _go_on(call, menu, position, node, "", ms, "hang_up" if call.leg.hung_up else "nothing")
    return _go_on(call, menu, position, node, sound, ms, ended_by)


def _ended_by(call: Call, recorded: Recorded) -> EndedBy:
    return "hang_up" if call.leg.hung_up else recorded.ended_by


def _go_on(
    call: Call, menu: CompiledMenu, position: Position, node: RecordNode, sound: str, ms: int, ended_by: EndedBy
) -> After:
    """With the sound in its variable, empty where there is none. What hangs up goes on without the caller."""
    memory = position.memory.keeping(node.save, sound, is_secret=False)
    if node.link in menu.tree.read:
        memory = memory.keeping(node.link, call.services.link_to(sound) if sound else "", is_secret=False)
    position = call.position = position._replace(memory=memory)
    _note(call, position, node, sound or None, ms, ended_by)
    if call.story is not None:
        call.story.memory = memory
        if sound:
            said_ms = ms - node.silence_s * 1000 if ended_by == "silence" else ms
            call.story.recorded(node.id, sound, round(said_ms / 1000))
    if call.leg.hung_up:
        raise CallerHungUp
    if ended_by in ("failed", "full"):
        call.services.counters.not_recorded += 1
        call.say("not_recorded")
    result = FAILED if ended_by == "failed" else KEPT if sound else NOTHING
    return interpreter.step(menu.tree, position, result, call.elapsed_s())


def _note(
    call: Call, position: Position, node: RecordNode, sound: str | None, ms: int, ended_by: EndedBy
) -> None:
    at_ms = max(0, call.next_at_ms() - ms)
    call.state.add(Step(node.id, position.failures + 1, "record", ended_by, at_ms, ms, value=sound))
