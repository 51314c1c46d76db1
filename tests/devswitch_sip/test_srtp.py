"""Keys of SRTP in session descriptions: which lines count, and when a call may be clear."""

from __future__ import annotations

import base64

import pytest
from aiosipua.sdp import serialize_sdp

from devswitch.sip.sdp import BadSdp, make_answer, make_offer, match_keys, read_media, read_sdp
from devswitch.sip.srtp import LegKeys, SecureRtp, read_crypto
from ivr.domain.srtp import Srtp

SUITE = "AES_CM_128_HMAC_SHA1_80"
KEY = base64.b64encode(bytes(range(30))).decode()
LINE = f"7 {SUITE} inline:{KEY}"
PACKET = b"\x80\x00\x00\x01\x00\x00\x00\xa0\x12\x34\x56\x78" + bytes(160)


def offer(*media: str) -> str:
    head = ("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0")
    return "".join(f"{line}\r\n" for line in (*head, *media))


CLEAR = "m=audio 4000 RTP/AVP 0"
SECURE = ("m=audio 4002 RTP/SAVP 0", f"a=crypto:{LINE}")


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (LINE, True),
        (f"{LINE}|2^31", True),
        (f"{LINE}|2^31|1:4", False),
        (f"{LINE} UNENCRYPTED_SRTP", False),
        (f"7 {SUITE} inline:{KEY[:-4]}", False),
        (f"7 F8_128_HMAC_SHA1_80 inline:{KEY}", False),
        (f"7 {SUITE} inline:{KEY[:-1]}*", False),
    ],
)
def test_a_line_counts_if_we_can_do_all_that_it_says(line: str, counts: bool) -> None:
    assert (read_crypto([line]) is not None) is counts


def test_the_first_line_that_counts_is_answered_with_its_tag_and_a_key_of_our_own() -> None:
    sdp = read_sdp(offer(SECURE[0], "a=crypto:1 UNKNOWN inline:AAAA", SECURE[1]))
    media = read_media(sdp)
    ours = match_keys(LegKeys("optional"), media)
    assert ours is not None
    assert (ours.tag, ours.suite) == ("7", SUITE)
    assert media.crypto is not None
    assert ours.key != media.crypto.key
    assert f"a=crypto:{ours}\r\n" in serialize_sdp(make_answer(sdp, media, "127.0.0.1", 5000, ours=ours))


def test_of_two_audios_the_first_is_taken_unless_it_may_not_be_clear() -> None:
    sdp = read_sdp(offer(CLEAR, *SECURE))
    assert read_media(sdp).port == 4000
    secure = read_media(sdp, clear=False)
    ours = match_keys(LegKeys("required"), secure)
    answer = serialize_sdp(make_answer(sdp, secure, "127.0.0.1", 5000, ours=ours))
    assert "m=audio 0 RTP/AVP 0\r\n" in answer
    assert "m=audio 5000 RTP/SAVP 0\r\n" in answer


@pytest.mark.parametrize(
    ("srtp", "offered"), [("off", ["RTP/AVP"]), ("optional", ["RTP/SAVP", "RTP/AVP"]), ("required", ["RTP/SAVP"])]
)
def test_what_is_offered_says_whether_the_sound_may_be_clear(srtp: Srtp, offered: list[str]) -> None:
    keys = LegKeys(srtp)
    sdp = make_offer("127.0.0.1", 5000, (0, 8), keys.offered(), clear=keys.offers_clear)
    assert [medium.proto for medium in sdp.media] == offered


@pytest.mark.parametrize(("srtp", "lines"), [("required", (CLEAR,)), ("off", SECURE)])
def test_an_answer_other_than_was_agreed_is_refused(srtp: Srtp, lines: tuple[str, ...]) -> None:
    with pytest.raises(BadSdp):
        match_keys(LegKeys(srtp), read_media(read_sdp(offer(*lines))))


def test_a_call_that_was_encrypted_stays_so() -> None:
    keys = LegKeys("optional")
    match_keys(keys, read_media(read_sdp(offer(*SECURE))))
    with pytest.raises(BadSdp):
        match_keys(keys, read_media(read_sdp(offer(CLEAR))))


def test_what_one_side_seals_the_other_opens_once() -> None:
    theirs = read_crypto([LINE])
    assert theirs is not None
    ours = LegKeys("required").match(theirs)
    assert ours is not None
    here, there = SecureRtp(ours, theirs), SecureRtp(theirs, ours)
    sealed = here.seal(PACKET)
    assert sealed != PACKET
    assert there.open(sealed) == PACKET
    for packet in (sealed, PACKET):
        with pytest.raises(ValueError, match=r"replay|auth|parse"):
            there.open(packet)
