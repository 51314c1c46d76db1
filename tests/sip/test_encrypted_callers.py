"""Callers over TLS, and with SRTP, where it is required: what a switch takes and what it refuses."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.domain.sip_options import is_answer, options
from ivr.settings import split_host_port
from tests.certificates import Authority
from tests.ports import free_address
from tests.sip.conftest import SWITCHES, Switch, running
from tests.sip.scripted_server import ScriptedServer
from tests.sip.test_offers import Offering
from tests.sip.test_signalling import DID, answered, end, last_final

ROOT = Authority("root")
TLS_PORT = split_host_port(free_address())[1]
# Not that of the switch: a call of this machine to itself need not be encrypted.
ELSEWHERE = "127.0.0.2"
_EVENTS = "a=rtpmap:101 telephone-event/8000"
# Base64 of as many bytes as key and salt of the suite have.
_KEYS = {
    "AEAD_AES_256_GCM": "A" * 59 + "=",
    "AEAD_AES_128_GCM": "A" * 38 + "==",
    "AES_CM_128_HMAC_SHA1_80": "A" * 40,
    "AES_CM_128_HMAC_SHA1_32": "A" * 40,
}


def encrypted(suite: str, key: str, proto: str = "RTP/SAVP") -> tuple[str, ...]:
    return f"m=audio {{port}} {proto} 0 101", _EVENTS, f"a=crypto:1 {suite} inline:{key}"


@pytest.fixture(scope="module", params=SWITCHES)
def switch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    home = tmp_path_factory.mktemp("encrypted")
    files = ROOT.write(tmp_path_factory.mktemp("certificate"), "ivr.example")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITREE_SRTP", "required")
        patch.setenv("DIGITREE_SIP_TLS", str(TLS_PORT))
        patch.setenv("DIGITREE_TLS_CERT", str(files.certificate))
        patch.setenv("DIGITREE_TLS_KEY", str(files.key))
        with running(request.param, home) as started:
            yield started


@pytest.mark.parametrize("suite", _KEYS)
def test_an_encrypted_caller_is_answered_with_the_same_suite(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, suite: str
) -> None:
    with Offering(switch.sip, ip=ELSEWHERE) as phone:
        phone.media_lines = encrypted(suite, _KEYS[suite])
        call = answered(server, phone, beside)
        body = last_final(phone).body
        assert re.search(r"m=audio [1-9][0-9]* RTP/SAVP ", body)
        assert re.findall(r"a=crypto:1 (\w+) inline:", body) == [suite]
        end(call, phone)


@pytest.mark.parametrize(
    "lines",
    [
        ("m=audio {port} RTP/AVP 0 101", _EVENTS),
        encrypted("AES_CM_128_HMAC_SHA1_80", "A" * 40, "RTP/AVP"),
        ("m=audio {port} RTP/AVP 0 101", _EVENTS, "m=audio 0 RTP/SAVP 0"),
    ],
    ids=["in clear", "keys in RTP/AVP", "encryption on port 0"],
)
def test_a_clear_offer_is_refused_before_anybody_is_asked(
    switch: Switch, server: ScriptedServer, lines: tuple[str, ...]
) -> None:
    with Offering(switch.sip, ip=ELSEWHERE) as phone:
        phone.media_lines = lines
        assert phone.dial(DID) == 488
        assert not server.is_called(within_s=0.2)


@pytest.mark.parametrize("is_first", [True, False], ids=["encrypted first", "clear first"])
def test_of_a_clear_and_an_encrypted_offer_the_encrypted_one_is_taken(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, is_first: bool
) -> None:
    clear, suite = ("m=audio {port} RTP/AVP 0 101", _EVENTS), "AES_CM_128_HMAC_SHA1_80"
    secret = encrypted(suite, _KEYS[suite])
    with Offering(switch.sip, ip=ELSEWHERE) as phone:
        phone.media_lines = (*secret, *clear) if is_first else (*clear, *secret)
        call = answered(server, phone, beside)
        offered = re.findall(r"m=audio (\d+) (RTP/S?AVP)", last_final(phone).body)
        assert [port != "0" for port, _ in offered] == [is_first, not is_first]
        assert f"a=crypto:1 {suite} inline:" in last_final(phone).body
        end(call, phone)


def test_a_caller_of_this_machine_need_not_be_encrypted(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Offering(switch.sip) as phone:
        call = answered(server, phone, beside)
        assert " RTP/AVP " in last_final(phone).body
        end(call, phone)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sip_is_spoken_over_tls_with_our_certificate(switch: Switch, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cadata=ROOT.pem)
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection((switch.sip[0], TLS_PORT), 20) as plain,
        context.wrap_socket(plain, server_hostname="ivr.example") as secured,
    ):
        address = secured.getsockname()
        secured.sendall(options(f"sip:{switch.sip[0]}:{TLS_PORT}", "tls", address, "a" * 32))
        assert is_answer(secured.recv(4096))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_older_versions_of_tls_are_refused(switch: Switch) -> None:
    context = ssl.create_default_context(cadata=ROOT.pem)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_connection((switch.sip[0], TLS_PORT), 20) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="ivr.example")
