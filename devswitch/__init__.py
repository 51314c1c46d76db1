"""The development switch: FreeSWITCH's part of the sync event socket, strict, for tests and for `digitree call`.

One call, in the order to read the code: `switch` (DevSwitch, CallSetup, CallResult) runs the `dialplan`; its
`socket` action opens a `session`, which reads commands off the `wire` and runs applications (`apps`, `apps_media`,
`apps_bridge`) on the `channel`; what the channel plays is `media`, its other end is a `caller`, and its
time is a `clock`. `expand`, `dial_string`, `causes`, `channel_data` are pure. `command` and `interactive` are the
terminal's.

tests/devswitch compares it with FreeSWITCH 1.10.12: byte by byte with recordings, and each reply and time with
measured calls.

Known differences: one SIP profile, which accepts every profile name; no early media from agents (on a real switch a
bridge with `ignore_early_media=false` may succeed by an agent's announcement alone); files are WAV only; a
FreeSWITCH application without a model here is answered with +OK, does nothing, and is a violation.
"""
