"""Messages of the event socket, byte by byte: where one ends, what it holds, and what is none."""

from __future__ import annotations

import pytest

from esl_server.switch.framing import MAX_BODY_BYTES, find_message, split_channel_data, split_headers
from ivr.domain.errors import EslProtocolError


@pytest.mark.parametrize(
    ("buffer", "message"),
    [
        (b"A: 1\n\nrest", (b"A: 1", b"", 6)),
        (b"A: 1\r\n\r\nrest", (b"A: 1", b"", 8)),
        (b"\n\r\nA: 1\n\n", (b"A: 1", b"", 9)),
        (b"A: 1\n\nB: 2\n\r\n", (b"A: 1", b"", 6)),
        (b"A: 1\n\r\nB: 2\n\n", (b"A: 1", b"", 7)),
        (b"Content-Length: 3\n\nxyzrest", (b"Content-Length: 3", b"xyz", 22)),
        (b"content-length:3\r\n\r\nxyz", (b"content-length:3", b"xyz", 23)),
        (b"Content-Length:  3 \n\nxyz", (b"Content-Length:  3 ", b"xyz", 24)),
        (b"Content-Length: 0\n\n", (b"Content-Length: 0", b"", 19)),
        # Not all of it is there yet.
        (b"", None),
        (b"\n\n\n", None),
        (b"A: 1\n", None),
        (b"Content-Length: 3\n\nxy", None),
    ],
)
def test_a_message_ends_with_its_blank_line_or_its_body(
    buffer: bytes, message: tuple[bytes, bytes, int] | None
) -> None:
    assert find_message(buffer) == message


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"", b"0x1", b"1 2", b"65537", b"9999999999"])
def test_a_length_that_no_message_has_is_refused_before_anything_is_read(length: bytes) -> None:
    with pytest.raises(EslProtocolError, match=r"^an impossible Content-Length$"):
        find_message(b"Content-Length: " + length + b"\n\n")


def test_a_body_may_have_64_kilobytes_and_leading_zeros() -> None:
    body = b"x" * MAX_BODY_BYTES
    message = find_message(b"Content-Length: 000065536\n\n" + body)
    assert message is not None
    assert message[1] == body
    with pytest.raises(EslProtocolError):
        find_message(b"Content-Length: 0000065536\n\n" + body)


def test_of_a_repeated_header_the_first_counts_and_of_its_blanks_one_goes() -> None:
    block = b"A : 1\r\nb:  2\nno header\nA: 3\nC:x:y\nD:"
    assert split_headers(block) == {b"a": b"1", b"b": b" 2", b"c": b"x:y", b"d": b""}


@pytest.mark.parametrize(
    ("block", "did", "caller", "uuid"),
    [
        (
            b"Caller-Destination-Number: 1\nChannel-Destination-Number: 2\nCaller-Caller-ID-Number: 3\n"
            b"variable_sip_from_user: 4\nUnique-ID: 5\nuuid: 6",
            b"1", b"3", b"5",
        ),
        (
            b"variable_sip_to_user: 1\ndestination_number: 2\nvariable_sip_from_user: 3\nCaller-ID-Number: 4\n"
            b"variable_uuid: 5\nChannel-Call-UUID: 6",
            b"2", b"4", b"6",
        ),
        (b"A: 1", None, None, None),
    ],
)  # fmt: skip
def test_what_a_call_needs_is_found_under_the_best_name_that_is_there(
    block: bytes, did: bytes | None, caller: bytes | None, uuid: bytes | None
) -> None:
    headers = split_channel_data(block)
    assert headers.get(b"caller-destination-number") == did
    assert headers.get(b"caller-caller-id-number") == caller
    assert headers.get(b"unique-id") == uuid
