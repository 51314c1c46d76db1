"""Kamailio as a carrier, in short: its calls come in, in clear and over TLS, whatever strangers do at the SIP ports,
and its password is nowhere to be found."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ivr.settings import split_host_port
from tests.carriers.calls import call_through, phone_of, press_all, record_of
from tests.carriers.hostile import calls_while, knocking_at_tls
from tests.carriers.kamailio import PASSWORD, Carrier, running
from tests.carriers.scan import METHODS, SCANNER, scan
from tests.carriers.site import DID, ROOT, Site
from tests.carriers.tls import carrier_of, over_tls
from tests.helpers import wait_until
from tests.sip.phone import Phone, parse_message

CARRIER = "127.0.0.45"
# No trunk of another test has it, so that its first call is not one of theirs.
BY_ADDRESS = "127.0.0.47"
# What 300 refusals and a few lines of others are in the log.
_LOG_BYTES = 100_000


@pytest.fixture
def carrier(here: Site, tmp_path: Path) -> Iterator[Carrier]:
    with running(Carrier(tmp_path / "carrier", CARRIER, customer=here.target.sip)) as started:
        yield started


def test_calls_come_in_by_a_registration_and_every_key_counts(here: Site, carrier: Carrier) -> None:
    here.registered(carrier)
    call_through(here, carrier)
    assert not carrier.said("refused-digest")
    wait_until(lambda: here.state()["standing"] == "registered", 30, "its state says so")


def test_calls_come_in_over_tls_with_both_certificates_checked(here: Site, tmp_path: Path) -> None:
    with running(carrier_of(here, tmp_path)) as carrier:
        assert "transport=tls" in here.registered(carrier, **over_tls(carrier))
        assert all(line.endswith("over tls") for line in carrier.said("registered nonce"))
        call_through(here, carrier)


@pytest.mark.usefixtures("on_freeswitch")
def test_a_scanner_harms_no_call_and_fills_no_log(
    here: Site, carrier: Carrier, tmp_path: Path
) -> None:
    """120 of each method a second. FreeSWITCH counts each call before it looks who sends it."""
    here.registered(carrier)
    before = here.log.stat().st_size
    with scan(here.sip, tmp_path / "scan", 120, 20) as scanning, knocking_at_tls(here):
        made = calls_while(here, carrier, scanning.goes_on)
        assert scanning.end() == dict.fromkeys(METHODS, 0)
    assert made.number >= 4
    assert here.log.stat().st_size - before < _LOG_BYTES


def test_an_address_that_no_trunk_allows_is_refused_before_the_call_server_is_asked(
    here: Site, tmp_path: Path
) -> None:
    with running(Carrier(tmp_path / "carrier", BY_ADDRESS, customer=here.target.sip)) as carrier:
        here.add("by-address", allowed=[carrier.ip])
        wait_until(lambda: dialled(carrier.address, carrier.ip) == 404, 30, "the carrier may call")
        call_through(here, carrier)
    number = "+14805559999"
    assert dialled(here.sip, SCANNER, number) == 403
    assert here.target.find_call(number) is None


def dialled(to: tuple[str, int], ip: str, number: str = "+14805559998") -> int:
    """The status of a call to a number without a menu."""
    with Phone(to, ip=ip, number=number) as caller:
        return caller.dial("+14155550199")


@pytest.mark.parametrize("ip", ["127.0.0.1", SCANNER], ids=["an address that may call", "another"])
def test_nobody_registers_here(here: Site, ip: str) -> None:
    """Nor is a digest asked for: there is no nonce to steal."""
    to = f"{here.sip[0]}:{here.sip[1]}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((ip, 0))
        sock.settimeout(20)
        at = f"{ip}:{sock.getsockname()[1]}"
        sock.sendto(
            (
                f"REGISTER sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK-{ip}\r\nMax-Forwards: 70\r\n"
                f"From: <sip:100@{to}>;tag=a\r\nTo: <sip:100@{to}>\r\nCall-ID: {at}\r\nCSeq: 1 REGISTER\r\n"
                f"Contact: <sip:100@{at}>\r\nContent-Length: 0\r\n\r\n"
            ).encode(),
            here.sip,
        )
        answer = parse_message(sock.recv(4096))
    assert answer.status == 405
    assert not {"www-authenticate", "proxy-authenticate"} & answer.headers.keys()


@pytest.mark.parametrize("ciphers", ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "aNULL", "NULL"])
def test_weak_ciphers_are_refused(here: Site, ciphers: str) -> None:
    context = ssl.create_default_context(cadata=ROOT.pem)
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    with (
        socket.create_connection(split_host_port(here.tls), 20) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain)


@pytest.mark.usefixtures("on_freeswitch")
def test_a_trunks_password_is_nowhere_but_in_the_file_that_freeswitch_reads(here: Site, carrier: Carrier) -> None:
    here.registered(carrier)
    with phone_of(carrier) as caller:
        assert caller.dial(DID) == 200
        caller.hear_prompt()
        gateway = here.ask_switch("sofia profile digitree gwlist up").split()[0]
        channel = here.ask_switch("show channels").splitlines()[1].split(",")[0]
        commands = (
            "show channels as json", "sofia status", f"sofia status gateway {gateway}",
            f"sofia xmlstatus gateway {gateway}", "sofia status profile digitree", f"uuid_dump {channel}",
            "global_getvar",
        )  # fmt: skip
        said = {command: here.ask_switch(command) for command in commands}
        processes = {
            each.pid: f"{each.info['cmdline']} {each.info['environ']}"
            for each in psutil.process_iter(["cmdline", "environ"])
        }
        press_all(caller, heard=True)
    paths = ("/trunks", "/trunks/carrier", "/audit")
    said |= {path: here.http.get(path).raise_for_status().text for path in paths}
    said["the record"] = str(record_of(here, caller.number))
    assert [name for name, text in said.items() if PASSWORD in text] == []
    assert [pid for pid, words in processes.items() if PASSWORD in words] == []
    files = {each: each.read_bytes() for each in here.directory.rglob("*") if each.is_file()}
    assert [path for path, content in files.items() if PASSWORD.encode() in content] == []
    # As XML has it: what the keeper writes, and FreeSWITCH's copy of its whole configuration.
    written = PASSWORD.replace("-", "&#45;").encode()
    holding = {path for path, content in files.items() if written in content}
    switch = here.home / "fs"
    assert holding == {switch / "trunks.xml", switch / "log" / "freeswitch.xml.fsxml"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (*holding, switch, switch / "log"))
