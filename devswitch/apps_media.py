"""Applications that read media: playback, sleep, echo, play_and_get_digits.

Facts: mod_dptools.c, switch_ivr_play_say.c (`switch_play_and_get_digits`, `switch_ivr_read`,
`switch_ivr_play_file`) and switch_ivr.c (`switch_ivr_collect_digits_count`) of FreeSWITCH 1.10.12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from devswitch.apps import Application, AppSurroundings
from devswitch.channel import Channel, Dtmf
from devswitch.expand import atoi, is_true, separate_string
from devswitch.media import ChannelSound, Part, UnknownMedia

_DIGIT_BUFFER = 128
_LONGEST_ECHO_MS = 120_000
_ALL_KEYS = "1234567890*#"


def _find_sound(channel: Channel, around: AppSurroundings, name: str) -> ChannelSound | None:
    try:
        sound = around.find_sound(name)
    except UnknownMedia as error:
        channel.violation(str(error))
        return None
    if sound is None:
        channel.note("missing", name)
    return sound


def ready_media(channel: Channel) -> None:
    # FreeSWITCH sends early media by itself when an application needs it before the answer.
    if not channel.media_ready:
        channel.start_media("EARLY MEDIA")


def playback_terminators(channel: Channel) -> str:
    terminators = channel.find_variable("playback_terminators") or "*"
    return {"any": _ALL_KEYS, "none": ""}.get(terminators.lower(), terminators)


def playback(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Keys among `playback_terminators` (default `*`) stop it; every other key pressed meanwhile is lost."""
    ready_media(channel)
    stops = playback_terminators(channel)
    channel.set("playback_terminator_used", None)

    def on_key(key: Dtmf) -> bool:
        if key.key in stops:
            channel.dequeue("playback")
            channel.set("playback_terminator_used", key.key)
            return True
        channel.dequeue("ignored_by_playback")
        return False

    name, _, _ = arg.partition("@@")
    if not name:
        channel.violation("playback without a file")
        channel.set("current_application_response", "PLAYBACK ERROR")
        return
    sound = _find_sound(channel, around, name)
    if sound is None:
        channel.set("current_application_response", "FILE NOT FOUND")
        return
    channel.play(sound, on_key)
    # A file cut short by the hang-up counts as an error.
    channel.set("current_application_response", "FILE PLAYED" if channel.is_up else "PLAYBACK ERROR")


def loop_playback(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Play once; keys neither end it nor leave the queue. `+N FILE`, for several times, is not modelled."""
    ready_media(channel)
    if not arg or arg.startswith("+"):
        channel.violation(f"loop_playback {arg}: not modelled")
        return
    sound = _find_sound(channel, around, arg)
    if sound is None:
        channel.set("current_application_response", "FILE NOT FOUND")
        return
    channel.play(sound, None)
    channel.set("current_application_response", "FILE PLAYED" if channel.is_up else "PLAYBACK ERROR")


def sleep(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Wait for some milliseconds; a key ends the wait early and stays in the queue.

    With send_silence_when_idle it sends packets of silence, without it none. With sleep_eat_digits keys are lost
    instead, and only a playback terminator ends it.
    """
    if not arg:
        channel.violation("sleep without a time")
        return
    until_ms = channel.clock.now_ms + max(0, atoi(arg))
    if not channel.media_ready:
        channel.pass_time(until_ms)
        return
    if atoi(channel.find_variable("send_silence_when_idle") or ""):
        length_ms = max(0, atoi(arg))
        silence = ChannelSound((Part(f"silence_stream://{length_ms}", float(length_ms)),))
        channel.play(silence, lambda _: True, source="idle")
        return
    eats = is_true(channel.find_variable("sleep_eat_digits"))
    stops = playback_terminators(channel)
    while (key := channel.listen(until_ms)) is not None and eats:
        if channel.dequeue("ignored_by_playback").key in stops:
            channel.set("playback_terminator_used", key.key)
            return


def displace_session(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Have the caller hear a file, again and again, in place of all that is played or said from now on; where nothing
    is sent, it is not heard either. FreeSWITCH refuses a file that is heard already, which goes on."""
    ready_media(channel)
    name, _, flags = arg.partition(" ")
    if flags != "l" or name.startswith("file_string:"):
        channel.violation(f"displace_session {arg!r}: not modelled")
    elif channel.displaced_by not in ("", name):
        channel.violation(f"displace_session {arg!r} beside {channel.displaced_by!r}: not modelled")
    elif not channel.displaced_by and _find_sound(channel, around, name) is not None:
        channel.displaced_by = name
        channel.note("displaced", name)


def stop_displace_session(channel: Channel, around: AppSurroundings, arg: str) -> None:
    if arg == channel.displaced_by:
        channel.displaced_by = ""
        channel.note("displaced_no_more", arg)


def detect_audio(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Listen for sound; callers of this switch are silent, so the whole time passes. Their keys stay in the queue."""
    ready_media(channel)
    words = separate_string(arg, " ", 4)
    if len(words) < 3 or not all(word.isdigit() for word in words[:3]):
        channel.violation(f"detect_audio {arg!r}")
        return
    channel.pass_time(channel.clock.now_ms + atoi(words[2]))
    channel.set("detect_audio_timeout", "true")


def tone_detect(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Listen for a tone beside all else; callers of this switch have none."""
    ready_media(channel)
    if not re.fullmatch(r"\w+ \d+ r \+\d+", arg):
        channel.violation(f"tone_detect {arg!r}: not modelled")


def stop_tone_detect(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """End all of them."""


def echo(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Play the caller's own sound back; digits are lost. Ends after two minutes here, never on FreeSWITCH."""
    ready_media(channel)
    channel.note("echo")
    until_ms = channel.clock.now_ms + _LONGEST_ECHO_MS
    while channel.listen(until_ms) is not None:
        channel.dequeue("ignored_by_playback")
    channel.note("echo_over")


@dataclass(frozen=True)
class GatherArgs:
    """The argument of play_and_get_digits, read as FreeSWITCH reads it."""

    min_digits: int
    max_digits: int
    tries: int
    timeout_ms: int
    terminators: str
    file: str
    invalid_file: str
    variable: str
    regex: str
    digit_timeout_ms: int
    transfer_on_failure: str

    @classmethod
    def parse(cls, text: str) -> GatherArgs:
        words = separate_string(text, " ", 11)
        words += [""] * (11 - len(words))
        min_digits = max(0, atoi(words[0]))
        timeout_ms = atoi(words[3]) if words[3] else 1000
        return cls(
            min_digits=min_digits,
            max_digits=max(min_digits, atoi(words[1])),
            tries=atoi(words[2]),
            timeout_ms=max(1000, timeout_ms),
            terminators=words[4] or "#",
            file=words[5],
            invalid_file=words[6],
            variable=words[7],
            regex=words[8],
            digit_timeout_ms=max(0, atoi(words[9])),
            transfer_on_failure=words[10],
        )


def play_and_get_digits(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Gather digits: VAR is set only on a match, VAR_invalid holds what did not match."""
    if not arg:
        channel.violation("play_and_get_digits without arguments")
        return
    args = GatherArgs.parse(arg)
    if args.tries < 1:
        channel.violation(f"play_and_get_digits with {args.tries} tries does nothing")
    if args.regex and args.variable:
        channel.set(f"{args.variable}_invalid", None)
    regex = _compiled(channel, args.regex)
    channel.gathers += 1
    for _ in range(args.tries):
        if not channel.is_up:
            return
        status, digits = _read(channel, around, args)
        if status == "restart":
            return
        if status == "timeout" and len(digits) >= args.min_digits:
            status = "success"
        if args.min_digits == 0 and not digits and channel.find_variable("read_terminator_used"):
            return
        if status == "success" and digits:
            if not args.regex or (regex is not None and regex.search(digits)):
                return
            channel.set(args.variable, None)
            if args.variable:
                channel.set(f"{args.variable}_invalid", digits)
        if not channel.is_up:
            return
        if args.invalid_file:
            sound = _find_sound(channel, around, args.invalid_file)
            if sound is not None:
                channel.play(sound, None)
    if args.transfer_on_failure and channel.is_up:
        channel.violation(f"play_and_get_digits would transfer the caller to {args.transfer_on_failure!r}")
        channel.hang_up("NO_ROUTE_DESTINATION", "switch")


def _compiled(channel: Channel, regex: str) -> re.Pattern[str] | None:
    try:
        return re.compile(regex)
    except re.error as error:
        channel.violation(f"play_and_get_digits: {regex!r} is not a regular expression ({error})")
        return None


def _read(channel: Channel, around: AppSurroundings, args: GatherArgs) -> tuple[str, str]:
    """One try: prompt and digits. Returns FreeSWITCH's status, and the digits that it would leave in the variable."""
    channel.set("read_result", None)
    channel.set(args.variable, None)
    if max(args.min_digits, args.max_digits) >= _DIGIT_BUFFER:
        channel.violation("play_and_get_digits: FreeSWITCH has room for 127 digits")
        return "failure", ""
    ready_media(channel)
    digits = ""
    question = args.file or "silence"
    if question.lower() != "silence":
        sound = _find_sound(channel, around, args.file)
        if sound is None:
            return "notfound", ""  # returns at once, without listening
        if args.max_digits:
            ahead_ms = sound.ahead_ms
            channel.caller.question_began(args.file, channel.clock.now_ms + ahead_ms, sound.length_ms - ahead_ms)
        channel.note("gather", args.file)
        taken: list[str] = []

        def on_key(key: Dtmf) -> bool:
            taken.append(channel.dequeue("gather").key)
            return True

        channel.play(sound, on_key)
        digits = "".join(taken)
        if not channel.is_up:
            return "failure", ""
    else:
        # Without a prompt a question goes on: the caller keys the rest of what they have begun.
        channel.note("gather", "silence")
    status, digits, terminator = _collect(channel, args, digits)
    if terminator:
        channel.set("read_terminator_used", terminator)
        before = args.terminators[: args.terminators.find(terminator)][-1:]
        if before in ("+", "x") and before:
            digits += terminator
            if before == "x":
                status = "restart"
    elif args.terminators.startswith("="):
        status = "too_small"
    if args.min_digits and len(digits) < args.min_digits:
        status = "too_small"
    channel.set("read_result", {"success": "success", "timeout": "timeout"}.get(status, "failure"))
    if status != "restart" and args.max_digits == 1 and len(digits) == 1 and digits in args.terminators:
        digits = ""
    if args.variable and digits:
        channel.set(args.variable, digits)
    channel.note("gathered", digits)
    return status, digits


def _collect(channel: Channel, args: GatherArgs, digits: str) -> tuple[str, str, str]:
    """Digits after the prompt: status, all digits so far, and the terminator that ended them."""
    if not ((args.min_digits and len(digits) < args.min_digits) or len(digits) < args.max_digits):
        return "success", digits, ""
    if digits and digits[0] in args.terminators:
        return "success", "", digits[0]
    between_ms = args.digit_timeout_ms or args.timeout_ms
    until_ms = channel.clock.now_ms + (between_ms if digits else args.timeout_ms)
    while channel.is_up:
        if channel.listen(until_ms) is None:
            break
        key = channel.dequeue("gather").key
        until_ms = channel.clock.now_ms + between_ms
        if key in args.terminators:
            return "success", digits, key
        digits += key
        if len(digits) >= args.max_digits:
            return "success", digits, ""
    # A hang-up ends the wait without an error: digits pressed before it count.
    return ("timeout" if channel.is_up else "success"), digits, ""


MEDIA_APPLICATIONS: dict[str, Application] = {
    "playback": playback,
    "loop_playback": loop_playback,
    "sleep": sleep,
    "echo": echo,
    "displace_session": displace_session,
    "stop_displace_session": stop_displace_session,
    "detect_audio": detect_audio,
    "tone_detect": tone_detect,
    "stop_tone_detect": stop_tone_detect,
    "play_and_get_digits": play_and_get_digits,
}
