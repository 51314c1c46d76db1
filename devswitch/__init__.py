"""The development switch: FreeSWITCH's part of the sync event socket, strict, for tests and for `digitree call`.

One call, in the order to read the code: `switch` (DevSwitch, CallSetup, CallResult) runs the `dialplan`; its
`socket` action opens a `session`, which reads commands off the `wire` and runs applications (`apps`, `apps_media`,
`apps_bridge`) on the `channel`; what the channel plays is `media`, its other end is a `caller`, and its
time is a `clock`. `expand`, `dial_string`, `causes`, `channel_data` are pure. `command` and `interactive` are the
terminal's.

That it does what FreeSWITCH 1.10.12 does is held in tests/devswitch: byte for byte against recordings, and reply for
reply and time for time against measured calls.

Known differences: one profile that takes every name; no early media from agents (a bridge with
`ignore_early_media=false` may succeed on a real switch by an agent's announcement alone); files are WAV only; an
application that is FreeSWITCH's but has no model here is answered with +OK, does nothing, and is a violation.
"""
