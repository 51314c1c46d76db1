"""The channel as the `connect` reply shows it: which headers, in which order, and where each value comes from.

Order and values are those of a FreeSWITCH 1.10.12 that was called over SIP on loopback. Variables come last, in the
order in which they were last set (FreeSWITCH puts a variable that is set again at the end).
"""

from __future__ import annotations

import random
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

_TIMES = ("Progress", "Progress-Media", "Hangup", "Transfer", "Resurrect", "Bridged")


@dataclass(frozen=True)
class Identity:
    """The two numbers of a call, and the switch's identifiers for it."""

    did: str
    ani: str
    name: str
    channel_uuid: str
    session_id: int
    created_us: int  # microseconds since the epoch
    sip_port: int = 5080
    rtp_port: int = 20000

    @property
    def channel_name(self) -> str:
        return f"sofia/external/{self.ani}@127.0.0.1"


def make_identity(did: str, ani: str, name: str, channel_uuid: str | None, created_wall_s: float) -> Identity:
    return Identity(
        did=did,
        ani=ani,
        name=name,
        channel_uuid=channel_uuid or str(uuid.uuid4()),
        session_id=random.randint(1000, 9999),  # noqa: S311 (a label, no secret)
        created_us=int(created_wall_s * 1_000_000),
        rtp_port=random.randrange(16384, 32768, 2),  # noqa: S311
    )


def initial_variables(who: Identity) -> dict[str, str]:
    """Variables of a new channel, before any application has run."""
    token = uuid.uuid4().hex
    did_uri, ani_uri = f"{who.did}@127.0.0.1:{who.sip_port}", f"{who.ani}@127.0.0.1"
    port = str(who.sip_port)
    full_from = f'"{who.name}" <sip:{ani_uri}>' if who.name else f"<sip:{ani_uri}>"
    variables = {
        "direction": "inbound",
        "uuid": who.channel_uuid,
        "session_id": str(who.session_id),
        "sip_from_user": who.ani,
        "sip_from_uri": ani_uri,
        "sip_from_host": "127.0.0.1",
        "video_media_flow": "disabled",
        "text_media_flow": "disabled",
        "channel_name": who.channel_name,
        "sip_call_id": f"{token[:8]}-{token[8:12]}-1240-94aa-{token[12:24]}",
        "sip_local_network_addr": "127.0.0.1",
        "sip_network_ip": "127.0.0.1",
        "sip_network_port": port,
        "sip_invite_stamp": str(who.created_us),
        "sip_received_ip": "127.0.0.1",
        "sip_received_port": port,
        "sip_via_protocol": "udp",
        "sip_from_user_stripped": who.ani.removeprefix("+"),
        "sip_from_tag": token[:13],
        "sofia_profile_name": "external",
        "sofia_profile_url": f"sip:mod_sofia@127.0.0.1:{port}",
        "recovery_profile_name": "external",
        "sip_Remote-Party-ID": f"{full_from};party=calling;screen=yes;privacy=off",
        "sip_cid_type": "rpid",
        "sip_full_via": f"SIP/2.0/UDP 127.0.0.1:{port};rport={port};branch=z9hG4bK{token[13:26]}",
        "sip_from_display": who.name,
        "sip_full_from": f"{full_from};tag={token[:13]}",
        "sip_full_to": f"<sip:{did_uri}>",
        "sip_allow": "INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REGISTER, REFER, NOTIFY",
        "sip_req_user": who.did,
        "sip_req_port": port,
        "sip_req_uri": did_uri,
        "sip_req_host": "127.0.0.1",
        "sip_to_user": who.did,
        "sip_to_port": port,
        "sip_to_uri": did_uri,
        "sip_to_host": "127.0.0.1",
        "sip_contact_user": "mod_sofia",
        "sip_contact_port": port,
        "sip_contact_uri": f"mod_sofia@127.0.0.1:{port}",
        "sip_contact_host": "127.0.0.1",
        "sip_user_agent": "FreeSWITCH-mod_sofia/1.10.12-release~64bit",
        "sip_via_host": "127.0.0.1",
        "sip_via_port": port,
        "sip_via_rport": port,
        "max_forwards": "70",
        "switch_r_sdp": _sdp(who, who.rtp_port, "0 8 101 13", sends=False),
        "ep_codec_string": "CORE_PCM_MODULE.PCMU@8000h@20i@64000b,CORE_PCM_MODULE.PCMA@8000h@20i@64000b",
        "rtp_use_codec_string": "PCMU,PCMA",
        "remote_video_media_flow": "inactive",
        "remote_text_media_flow": "inactive",
        "remote_audio_media_flow": "sendrecv",
        "audio_media_flow": "sendrecv",
        "remote_media_ip": "127.0.0.1",
        "remote_media_port": str(who.rtp_port),
        "rtp_audio_recv_pt": "0",
        "rtp_use_codec_name": "PCMU",
        "rtp_use_codec_rate": "8000",
        "rtp_use_codec_ptime": "20",
        "rtp_use_codec_channels": "1",
        "rtp_last_audio_codec_string": "PCMU@8000h@20i@1c",
        "read_codec": "PCMU",
        "original_read_codec": "PCMU",
        "read_rate": "8000",
        "original_read_rate": "8000",
        "write_codec": "PCMU",
        "write_rate": "8000",
        "dtmf_type": "rfc2833",
        "endpoint_disposition": "RECEIVED",
    }
    national = re.fullmatch(r"\+1(\d{10})", who.did)
    if national:
        variables["DP_MATCH"] = f"ARRAY::{who.did}|:{national[1]}"
    variables["call_uuid"] = who.channel_uuid
    return {name: value for name, value in variables.items() if value}


def media_variables(who: Identity) -> dict[str, str]:
    """Variables that are set when the first answer (or early media) is sent."""
    port = who.rtp_port + 4
    return {
        "rtp_local_sdp_str": _sdp(who, port, "0 101 13", sends=True),
        "local_media_ip": "127.0.0.1",
        "local_media_port": str(port),
        "advertised_media_ip": "127.0.0.1",
        "rtp_use_timer_name": "soft",
        "rtp_use_pt": "0",
        "rtp_use_ssrc": str(random.getrandbits(32)),
        "rtp_2833_send_payload": "101",
        "rtp_2833_recv_payload": "101",
        "remote_media_ip": "127.0.0.1",
        "remote_media_port": str(who.rtp_port),
    }


def answer_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables that the caller's ACK sets; those of the dialogue are set once more."""
    tag = uuid.uuid4().hex[:13]
    found = {"sip_to_tag": tag, "sip_from_tag": "", "sip_cseq": str(random.randint(10**8, 2 * 10**8))}  # noqa: S311
    for name in ("sip_from_tag", "sip_call_id", "sip_full_via", "sip_from_display", "sip_full_from", "sip_full_to"):
        found[name] = variables.get(name, "")
    if ";tag=" not in found["sip_full_to"]:
        found["sip_full_to"] += f";tag={tag}"
    return {name: value for name, value in found.items() if value}


def _sdp(who: Identity, port: int, payloads: str, sends: bool) -> str:
    origin = who.created_us // 1_000_000
    lines = [
        "v=0",
        f"o=FreeSWITCH {origin} {origin + 1} IN IP4 127.0.0.1",
        "s=FreeSWITCH",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        f"m=audio {port} RTP/AVP {payloads}",
    ]
    names = {"0": "PCMU/8000", "8": "PCMA/8000", "101": "telephone-event/8000", "13": "CN/8000"}
    for payload in payloads.split():
        lines.append(f"a=rtpmap:{payload} {names[payload]}")
        if payload == "101":
            lines.append("a=fmtp:101 0-15")
    lines.append("a=ptime:20")
    if sends:
        lines.append("a=sendrecv")
    return "\r\n".join(lines) + "\r\n"


def channel_headers(
    who: Identity,
    variables: Mapping[str, str],
    answered_us: int,
    hangup_us: int,
    now_wall_s: float,
    sequence: int,
    hangup_cause: str = "",
) -> list[tuple[str, str]]:
    """All headers of the `connect` reply, values not encoded yet."""
    local, gmt = time.localtime(now_wall_s), time.gmtime(now_wall_s)
    answered = answered_us > 0
    headers = [
        ("Event-Name", "CHANNEL_DATA"),
        ("Core-UUID", "aca4ce47-e148-4aca-8622-9d8c444a5caa"),
        ("FreeSWITCH-Hostname", "devswitch"),
        ("FreeSWITCH-Switchname", "devswitch"),
        ("FreeSWITCH-IPv4", "127.0.0.1"),
        ("FreeSWITCH-IPv6", "::1"),
        ("Event-Date-Local", time.strftime("%Y-%m-%d %H:%M:%S", local)),
        ("Event-Date-GMT", time.strftime("%a, %d %b %Y %H:%M:%S GMT", gmt)),
        ("Event-Date-Timestamp", str(int(now_wall_s * 1_000_000))),
        ("Event-Calling-File", "mod_event_socket.c"),
        ("Event-Calling-Function", "parse_command"),
        ("Event-Calling-Line-Number", "2021"),
        ("Event-Sequence", str(sequence)),
    ]
    profile = _profile(who, answered_us, hangup_us)
    headers += [(f"Channel-{name}", value) for name, value in profile]
    headers += [
        ("Channel-State", "CS_EXECUTE" if not hangup_us else "CS_HANGUP"),
        ("Channel-Call-State", "ACTIVE" if answered else "RINGING"),
        ("Channel-State-Number", "4" if not hangup_us else "10"),
        ("Channel-Name", who.channel_name),
        ("Unique-ID", who.channel_uuid),
        ("Call-Direction", "inbound"),
        ("Presence-Call-Direction", "inbound"),
        ("Channel-HIT-Dialplan", "true"),
        ("Channel-Call-UUID", who.channel_uuid),
        ("Answer-State", "hangup" if hangup_cause else "answered" if answered else "ringing"),
        *([("Hangup-Cause", hangup_cause)] if hangup_cause else []),
        ("Channel-Read-Codec-Name", "PCMU"),
        ("Channel-Read-Codec-Rate", "8000"),
        ("Channel-Read-Codec-Bit-Rate", "64000"),
        ("Channel-Write-Codec-Name", "PCMU"),
        ("Channel-Write-Codec-Rate", "8000"),
        ("Channel-Write-Codec-Bit-Rate", "64000"),
    ]
    headers += [(f"Caller-{name}", value) for name, value in profile]
    headers += [(f"variable_{name}", value) for name, value in variables.items()]
    return headers


def _profile(who: Identity, answered_us: int, hangup_us: int) -> list[tuple[str, str]]:
    created = str(who.created_us)
    times = {"Hangup": hangup_us}
    return [
        ("Direction", "inbound"),
        ("Logical-Direction", "inbound"),
        ("Username", who.ani),
        ("Dialplan", "XML"),
        ("Caller-ID-Name", who.name),
        ("Caller-ID-Number", who.ani),
        ("Orig-Caller-ID-Name", who.name),
        ("Orig-Caller-ID-Number", who.ani),
        ("Network-Addr", "127.0.0.1"),
        ("ANI", who.ani),
        ("Destination-Number", who.did),
        ("Unique-ID", who.channel_uuid),
        ("Source", "mod_sofia"),
        ("Context", "public"),
        ("Channel-Name", who.channel_name),
        ("Profile-Index", "1"),
        ("Profile-Created-Time", created),
        ("Channel-Created-Time", created),
        ("Channel-Answered-Time", str(answered_us)),
        *((f"Channel-{name}-Time", str(times.get(name, 0))) for name in _TIMES),
        ("Channel-Last-Hold", "0"),
        ("Channel-Hold-Accum", "0"),
        ("Screen-Bit", "true"),
        ("Privacy-Hide-Name", "false"),
        ("Privacy-Hide-Number", "false"),
    ]

