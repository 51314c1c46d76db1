"""Limits that both the speech process and its clients enforce."""

from __future__ import annotations

MAX_TEXT_CHARACTERS = 1000
# For those that were asked for before. With the work itself it fits into a request to the API.
LONGEST_WAIT_S = 150.0
# The duration is the real limit; the size only protects the disk. Five minutes of 24-bit stereo fit.
MAX_RECORDING_S = 300
MAX_UPLOAD_BYTES = 100 * 1024 * 1024
UPLOAD_TOO_LARGE = (
    f"the recording is larger than {MAX_UPLOAD_BYTES // (1 << 20)} MB, which is the most that is taken; "
    f"it may last {MAX_RECORDING_S} seconds, and as m4a, MP3 or FLAC it is much smaller"
)
