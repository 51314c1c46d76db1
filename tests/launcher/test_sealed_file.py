"""The file around a backup: what goes in comes out, and nothing else does."""

from __future__ import annotations

import io

import pytest

from ivr.settings import SetupError
from launcher.backup.sealed_file import FRAME_BYTES, SealedReader, SealingWriter

PASSPHRASE = "correct horse battery"
CONTENT = bytes(range(256)) * (2 * FRAME_BYTES // 256) + b"the end"


def sealed(content: bytes, passphrase: str | None) -> bytes:
    out = io.BytesIO()
    writer = SealingWriter(out, made_at="2026-03-09T12:00:00Z", made_by="Digitree 1", passphrase=passphrase)
    for start in range(0, len(content), 300_000):
        writer.write(content[start : start + 300_000])
    writer.close()
    return out.getvalue()


def opened(file: bytes, passphrase: str | None) -> bytes:
    reader = SealedReader(io.BytesIO(file), passphrase)
    parts = []
    while part := reader.read(100_000):
        parts.append(part)
    reader.drain()
    return b"".join(parts)


@pytest.fixture(scope="module", params=[None, PASSPHRASE], ids=["plain", "encrypted"])
def passphrase(request: pytest.FixtureRequest) -> str | None:
    return request.param


@pytest.fixture(scope="module")
def file(passphrase: str | None) -> bytes:
    return sealed(CONTENT, passphrase)


@pytest.mark.parametrize("length", [0, 1, FRAME_BYTES, FRAME_BYTES + 1])
def test_what_was_sealed_is_read_again(length: int, passphrase: str | None) -> None:
    assert opened(sealed(CONTENT[:length], passphrase), passphrase) == CONTENT[:length]


def test_only_with_a_passphrase_is_nothing_of_it_to_be_seen(file: bytes, passphrase: str | None) -> None:
    assert (b"the end" in file) == (passphrase is None)


@pytest.mark.parametrize("left", [1, 100, FRAME_BYTES, FRAME_BYTES + 500, -1, -60])
def test_a_file_that_was_cut_off_is_refused(file: bytes, passphrase: str | None, left: int) -> None:
    with pytest.raises(SetupError, match=r"cut off|damaged|not a backup"):
        opened(file[:left], passphrase)


def frames_of(file: bytes, passphrase: str | None) -> tuple[bytes, bytes, bytes, bytes]:
    """Header, first and second frame, and the rest."""
    check = 16 if passphrase else 32
    begin, frame = len(sealed(b"", passphrase)) - 4 - check, 4 + FRAME_BYTES + check
    second = begin + frame
    return file[:begin], file[begin:second], file[second : second + frame], file[second + frame :]


def test_a_file_that_ends_with_a_whole_frame_is_refused_unless_it_is_the_last(
    file: bytes, passphrase: str | None
) -> None:
    header, first, second, _ = frames_of(file, passphrase)
    with pytest.raises(SetupError, match="cut off"):
        opened(header + first + second, passphrase)


@pytest.mark.parametrize("place", [20, 60, 400, FRAME_BYTES, -10, -45])
def test_a_changed_byte_is_found_wherever_it_is(file: bytes, passphrase: str | None, place: int) -> None:
    changed = bytearray(file)
    changed[place] ^= 1
    with pytest.raises(SetupError):
        opened(bytes(changed), passphrase)


def test_something_behind_the_end_is_found(file: bytes, passphrase: str | None) -> None:
    with pytest.raises(SetupError, match="behind its end"):
        opened(file + b"x", passphrase)


def test_frames_in_another_order_are_refused(file: bytes, passphrase: str | None) -> None:
    header, first, second, rest = frames_of(file, passphrase)
    assert opened(header + first + second + rest, passphrase) == CONTENT
    with pytest.raises(SetupError):
        opened(header + second + first + rest, passphrase)


def test_a_wrong_or_missing_passphrase_says_so() -> None:
    file = sealed(b"secret", PASSPHRASE)
    with pytest.raises(SetupError, match="the passphrase does not open this backup"):
        opened(file, PASSPHRASE + "!")
    with pytest.raises(SetupError, match="encrypted: give its passphrase"):
        opened(file, None)


def test_another_format_names_the_release_that_reads_it() -> None:
    file = sealed(b"x", None).replace(b'"format": 1', b'"format": 2')
    with pytest.raises(SetupError, match=r"format 2, and this release reads 1: .*Digitree 1"):
        opened(file, None)
