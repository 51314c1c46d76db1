"""A whole call, or a talk of it, recorded beside all else: begun behind an announcement, ended with the call.

Nothing is recorded of a caller who was not told: without the announcement's file there is no recording.
"""

from __future__ import annotations

import logging

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu, name_of
from esl_server.call.sequence import PlayedFile, PlayedSequence, in_sequence
from esl_server.call.system_prompts import ANNOUNCEMENT, length_ms
from esl_server.switch.recording import record_session, record_talks, stop_session
from ivr.domain.call_records import Step, utc_now
from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.moves import Position
from ivr.domain.sounds import SoundNote, name_sound

log = logging.getLogger(__name__)

# Room that must be there: half an hour of both sides.
_ROOM_S = 3600
# Of sounds of talks, beyond the numbers of steps.
_FIRST_TALK = 1000
# What the record says in place of what ended a recording.
WHOLE, TALK, NO_TALK, FAILED = "call", "talk", "no_talk", "no_call"


def record_all(call: Call, menu: CompiledMenu, position: Position) -> None:
    """Record this call, of a menu all of whose calls are, once it is answered; another worker has perhaps done so."""
    if not any(step.result == "record" and step.key in (WHOLE, FAILED) for step in call.record.path):
        path = menu.paths.heard_system(ANNOUNCEMENT, position.memory.language)
        milliseconds = length_ms(path)
        file = PlayedFile(path, name_of(path), milliseconds)
        # No node has this number of steps, so none has a sound of this name.
        announce_recording(call, position._replace(steps=0), in_sequence([file]) if milliseconds else None)


def announce_recording(call: Call, position: Position, prompt: PlayedSequence | None) -> str | None:
    """Play the announcement to its end, and record from then on; the path of the recording. None: the announcement
    has no file, or nothing can be recorded, and the record and the log say so. What is pending is heard before."""
    if prompt is None or not prompt.duration_ms:
        log.error("%s: not recorded: the announcement at %s has no file", call.record.call_id, position.node)
        _fail(call, position)
        return None
    path = begin_recording(call, position)
    if path is None:
        _fail(call, position)
        return None
    state = call.stand(position, now_ms())
    call.leg.play_with_next(prompt.path, prompt.duration_ms, lambda: state, is_cut=False)
    call.state.add(
        Step(position.node, 1, "played", None, call.next_at_ms(), prompt.duration_ms, prompt.file, prompt.duration_ms)
    )
    call.lead.ms += prompt.duration_ms
    start_recording(call, position, path)
    return path


def announce_talk(
    call: Call, position: Position, announcement: PlayedSequence | None, *, begins: bool = True
) -> str | None:
    """Record the talk of a transfer, before which this announcement is played: without one nothing is recorded
    (None). The path; `begins`: False where something else than this leg's recording writes it."""
    # A transfer is no step, so the sound of the node before it would have the same name.
    position = position._replace(steps=_FIRST_TALK + sum(step.key in (TALK, NO_TALK) for step in _recordings(call)))
    if announcement is None or not announcement.duration_ms:
        log.error("%s: not recorded: the announcement at %s has no file", call.record.call_id, position.node)
        _fail(call, position)
    elif (path := begin_recording(call, position)) is None:
        _fail(call, position)
    else:
        if begins:
            call.leg.with_next(*record_talks(path))
        _note(call, position, TALK)
        return path
    return None


def end_talk(call: Call, *, took_place: bool = True) -> None:
    """Whatever follows is no part of the talk. One that did not take place has no sound: the record names none."""
    step = next((step for step in reversed(_recordings(call)) if step.key == TALK), None)
    if step is None or step.value is None:
        return
    if not call.leg.hung_up:
        call.leg.with_next(*stop_session(str(call.services.recordings.path_of(step.value))))
    if not took_place:
        step.key, step.value = NO_TALK, None
        call.state.revise(step)


def _recordings(call: Call) -> list[Step]:
    return [step for step in call.record.path if step.result == "record"]


def is_recorded(call: Call, node_id: str) -> bool:
    """Whether this node has had the call recorded: it goes on, whoever takes the call over."""
    return any(step.node == node_id and step.result == "record" and step.key == WHOLE for step in call.record.path)


def begin_recording(call: Call, position: Position) -> str | None:
    """Make the file of a recording of the call; its path for the switch, None where nothing can be recorded."""
    record, recordings = call.record, call.services.recordings
    sound = name_sound(record.call_id, position.steps)
    note = SoundNote(
        sound, record.call_id, position.node, record.ivr_id, record.ani, None, utc_now(), record.test, "call"
    )
    try:
        path = str(recordings.begin(note, _ROOM_S))
    except StorageUnavailable as error:
        log.critical("%s: the call is not recorded: %s", record.call_id, error)
        return None
    if call.leg.sees(path):
        return path
    if not call.leg.hung_up:
        log.critical("%s: the call is not recorded: the switch has no %s", record.call_id, path)
    recordings.forget(sound)
    return None


def start_recording(call: Call, position: Position, path: str) -> None:
    """Record with the next command; the record says from when on."""
    call.leg.with_next(*record_session(path))
    _note(call, position, WHOLE)


def _note(call: Call, position: Position, what: str) -> None:
    sound = name_sound(call.record.call_id, position.steps)
    call.state.add(Step(position.node, 1, "record", what, call.next_at_ms(), 0, value=sound))


def _fail(call: Call, position: Position) -> None:
    call.services.counters.not_recorded += 1
    call.state.add(Step(position.node, 1, "record", FAILED, call.next_at_ms(), 0))
