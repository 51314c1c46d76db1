"""The process: reads the settings, runs a listening switch, ends cleanly on SIGTERM and Ctrl-C."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import gevent
from gevent.event import Event
from pydantic import ValidationError

from devswitch.event_socket import EventSocket
from devswitch.sip.endpoint import SipLimits
from devswitch.sip.intake import Seldom
from devswitch.sip.punctual import be_punctual
from devswitch.sip.switch import SipSettings, SipSwitch
from devswitch.sip.tls import CERTIFICATE, TlsKeys
from ivr.secrets import event_password, switch_secrets
from ivr.settings import Settings, split_host_port
from ivr.storage.disk.switch_trunks import TrunkFiles

log = logging.getLogger("devswitch")

_SAY_SELDOM_S = 10.0
# Shared with FreeSWITCH's configuration (dialplan/freeswitch/vars.xml).
_RTP_PORTS = "DIGITREE_RTP_PORTS"
_ESL_TARGETS = "DIGITREE_ESL_TARGETS"
_ALLOW = "DIGITREE_SIP_ALLOW"
_TRUST = "DIGITREE_SIP_TRUST"
_SRTP = "DIGITREE_SRTP"
_TLS_DIR = "DIGITREE_TLS_DIR"
_TLS_CALLERS = "DIGITREE_TLS_CALLERS"


def main() -> None:
    try:
        settings = Settings()
        sip = read_settings(settings)
    except (ValidationError, ValueError) as error:
        sys.exit(str(error))
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    quieten_libraries()
    if not ipaddress.ip_address(sip.address[0]).is_loopback:
        log.warning(
            "DIGITREE_SIP=%s: THE DEVELOPMENT SWITCH IS OPEN TO THE NETWORK. It has no passwords and is made "
            "for tests and trials, not for callers. For callers, install FreeSWITCH.",
            settings.sip,
        )
    be_punctual()
    switch = SipSwitch(sip)
    try:
        switch.start()
    except OSError as error:
        sys.exit(f"DIGITREE_SIP={settings.sip}: {error.strerror or error}")
    events = _open_event_socket(settings, switch)
    log.info(
        "development switch (no FreeSWITCH on this machine): SIP on %s:%d, UDP and TCP%s",
        *switch.address,
        f", and on port {switch.endpoint.tls_port} over TLS" if sip.keys is not None else "",
    )
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stop.set)
    stop.wait()
    if events is not None:
        events.stop()
    switch.stop()


def _open_event_socket(settings: Settings, switch: SipSwitch) -> EventSocket | None:
    """Open the event socket, by which live calls are hung up or moved. Calls come in without it as well."""
    host, port = split_host_port(settings.freeswitch_event)
    if not ipaddress.ip_address(socket.gethostbyname(host)).is_loopback:
        log.warning("DIGITREE_FS_EVENT=%s is not on loopback: not opened", settings.freeswitch_event)
        return None
    events = EventSocket((host, port), event_password(settings), switch.calls.get, switch.trunks, switch.ring)
    try:
        events.start()
    except OSError as error:
        log.warning("DIGITREE_FS_EVENT=%s: %s: live calls cannot be ended or sent elsewhere from outside",
                    settings.freeswitch_event, error.strerror or error)
        return None
    return events


def read_settings(settings: Settings) -> SipSettings:
    """The settings. ValueError if the address cannot be served: not an IPv4 address of this machine."""
    host, port = split_host_port(settings.sip)
    try:
        address = ipaddress.ip_address(socket.gethostbyname(host))
    except OSError as error:
        raise ValueError(f"DIGITREE_SIP={settings.sip}: {host} is not known") from error
    if address.version != 4 or address.is_unspecified:
        raise ValueError(f"DIGITREE_SIP={settings.sip}: callers need one IPv4 address of this machine")
    return SipSettings(
        address=(str(address), port),
        esl_targets=os.environ.get(_ESL_TARGETS) or settings.esl,
        secret=switch_secrets(settings)[0],
        prompts=settings.prompts,
        trunks=TrunkFiles.of_home(settings.home),
        keys=_read_keys(settings),
        tls_port=0 if settings.sip_tls == "auto" else int(settings.sip_tls),
        limits=SipLimits(
            rtp_ports=_read_ports(os.environ.get(_RTP_PORTS, "")),
            # Our own address is included, because the sample agent is a call to ourselves.
            callers=_read_networks(f"{os.environ.get(_ALLOW) or '127.0.0.0/8'},{address}", _ALLOW),
            vouching=_read_networks(os.environ.get(_TRUST, ""), _TRUST),
            encrypted=os.environ.get(_SRTP) == "required",
        ),
    )


def _read_keys(settings: Settings) -> TlsKeys | None:
    """Of the directory that FreeSWITCH has, too; None where there is no certificate. ValueError."""
    directory = Path(os.environ.get(_TLS_DIR) or "/none")
    if not (directory / CERTIFICATE).is_file():
        return None
    callers = frozenset(name.strip() for name in os.environ.get(_TLS_CALLERS, "").split(",") if name.strip())
    try:
        return TlsKeys.read(directory, callers, by_name=settings.tls_verify == "name")
    except OSError as error:
        raise ValueError(f"{_TLS_DIR}={directory}: {error}") from error


def _read_networks(text: str, variable: str) -> tuple[ipaddress.IPv4Network, ...]:
    try:
        return tuple(ipaddress.IPv4Network(name.strip()) for name in text.split(",") if name.strip())
    except ValueError as error:
        raise ValueError(f"{variable}: {error}") from error


def _read_ports(text: str) -> range | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text)
    if not match or not 1 <= int(match[1]) < int(match[2]) <= 65535:
        raise ValueError(f"{_RTP_PORTS}={text} is not FIRST-LAST")
    return range(int(match[1]), int(match[2]) + 1)


def quieten_libraries() -> None:
    """Limit the libraries' logs to a line for each kind of bad packet, not for each packet."""
    seldom = Seldom(_SAY_SELDOM_S, time.monotonic)
    for name in ("aiosipua.transport", "aiosipua.uas", "aiosipua.message", "aiosipua.uac", "aiosipua.uac_responses"):
        logging.getLogger(name).addFilter(seldom)
    for name in ("stack", "transports", "tls", "endpoint", "rtp"):
        logging.getLogger(f"devswitch.sip.{name}").addFilter(seldom)
    for name in ("aiosipua.uac", "aiosipua.uac_responses", "aiosipua.message"):
        logging.getLogger(name).setLevel(logging.WARNING)
