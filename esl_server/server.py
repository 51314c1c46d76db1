"""The server: accepts FreeSWITCH's connections, one greenlet each, limits their number, expires silent ones, drains.

The listening socket may be inherited: the supervisor holds it, so that connections wait in the kernel's queue while a
process is replaced. A single greenlet checks all deadlines twice a second; no call has a timer.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from collections import Counter
from dataclasses import dataclass

import gevent
from gevent import socket as gsocket
from gevent.event import Event

from esl_server.call.call_services import CallServices
from esl_server.call.worker import CallWorker
from esl_server.switch.local_users import LocalUsers
from esl_server.switch.session import Session
from esl_server.switch.socket import Acceptor, Wire
from esl_server.switch.socket_owner import Address
from ivr.domain.errors import EslConnectionLost, EslError, EslNotProven, EslProbed
from ivr.domain.switch_proof import ProofCheck
from ivr.settings import parse_networks

log = logging.getLogger(__name__)

BACKLOG = 4096
WATCH_EVERY_S = 0.5
# Connections awaiting the CONNECT reply, in addition to the calls.
MAX_UNIDENTIFIED = 2000
# At most one log line about rejected connections in this time.
REJECTED_EVERY_S = 1.0


def listen(host: str, port: int) -> gsocket.socket:
    """A listening socket whose backlog takes 500 calls at once (FreeSWITCH opens one connection per call)."""
    family = gsocket.AF_INET6 if ":" in host else gsocket.AF_INET
    listener = gsocket.socket(family, gsocket.SOCK_STREAM)
    listener.setsockopt(gsocket.SOL_SOCKET, gsocket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


def set_keepalive(listener: gsocket.socket) -> None:
    """Set keepalive, which accepted sockets inherit: a switch that vanishes during a long bridge is detected within
    two minutes."""
    listener.setsockopt(gsocket.SOL_SOCKET, gsocket.SO_KEEPALIVE, 1)
    listener.setsockopt(gsocket.IPPROTO_TCP, gsocket.TCP_KEEPIDLE, 60)
    listener.setsockopt(gsocket.IPPROTO_TCP, gsocket.TCP_KEEPINTVL, 15)
    listener.setsockopt(gsocket.IPPROTO_TCP, gsocket.TCP_KEEPCNT, 4)


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is served: `allow` are networks, comma-separated; `users` those of this machine; `proofs` the channels of
    our switch."""

    allow: str
    users: LocalUsers
    proofs: ProofCheck


class EslServer:
    """`live` counts the calls being served; `counters` their outcomes since the start."""

    def __init__(
        self, listener: gsocket.socket, services: CallServices, max_calls: int, admission: Admission
    ) -> None:
        self._services = services
        self._max_calls = max_calls
        self._allowed = parse_networks(admission.allow)
        self._users, self._proofs = admission.users, admission.proofs
        bound: Address = listener.getsockname()
        # Of each connection; None: it differs, and each one is asked.
        self._own = None if ipaddress.ip_address(bound[0]).is_unspecified else bound
        self._allowed_hosts: dict[str, bool] = {}
        self._sessions: set[Session] = set()
        self._idle = Event()
        self._idle.set()
        self._quiet_until, self._unmentioned = float("-inf"), 0
        self.live = 0
        self.counters: Counter[str] = Counter()
        set_keepalive(listener)
        self._server = Acceptor(listener, self._serve, services.turn)
        # Several processes accept from one socket: this keeps a burst from going to one of them.
        self._server.max_accept = 2
        self._watcher = gevent.spawn(self._watch)

    @property
    def connections(self) -> int:
        """Open sockets: calls and unidentified connections."""
        return len(self._sessions)

    def start(self) -> None:
        self._server.start()

    def drain(self, timeout_s: float) -> bool:
        """Accept no more calls and wait for those under way; False when some are left (another worker, on this
        machine or another, takes them over once the sockets close)."""
        self._server.close()
        gevent.sleep(0)  # connections accepted in this turn of the loop are calls, too
        log.info("draining, %d live calls", self.live)
        return bool(self._idle.wait(timeout_s))

    def close(self) -> None:
        self._server.close()
        self._watcher.kill()

    def _serve(self, sock: Wire, address: Address) -> None:
        if not self._may_connect(address[0]) or len(self._sessions) >= self._max_calls + MAX_UNIDENTIFIED:
            self.counters["connections_refused"] += 1
            sock.close()
            return
        try:
            is_local = self._users.check(address, self._own or sock.getsockname())
            self._serve_session(Session(address, sock, self._proofs, is_local=is_local))
        except EslProbed:
            return
        except EslConnectionLost as error:
            # A health check opens and closes without a word.
            self.counters["rejected_handshakes"] += 1
            log.debug("connection from %s: %s", address[0], error)
        except EslNotProven as error:
            self.counters[f"unproven_{error.by}"] += 1
            self._note_rejected(address[0], error)
        except EslError as error:
            self.counters["rejected_handshakes"] += 1
            self._note_rejected(address[0], error)

    def _serve_session(self, session: Session) -> None:
        self._sessions.add(session)
        self._idle.clear()
        try:
            self._serve_call(session)
        finally:
            session.stop()
            self._sessions.discard(session)
            if not self._sessions:
                self._idle.set()

    def _serve_call(self, session: Session) -> None:
        worker = CallWorker(self._services, session)
        over_capacity = self.live >= self._max_calls
        self.live += 1
        try:
            worker.run(over_capacity=over_capacity)
        finally:
            self.live -= 1
            if worker.record.outcome is not None:
                self.counters[str(worker.record.outcome)] += 1
            if worker.record.take_overs:
                self.counters["taken_over"] += 1

    def _note_rejected(self, host: str, error: EslError) -> None:
        """Log it, unless another one was logged just now: a flood of connections must not flood the log."""
        now = time.monotonic()
        if now < self._quiet_until:
            self._unmentioned += 1
            return
        more = f" ({self._unmentioned} others before it)" if self._unmentioned else ""
        log.warning("connection from %s ended: %s%s", host, error, more)
        self._quiet_until, self._unmentioned = now + REJECTED_EVERY_S, 0

    def _may_connect(self, host: str) -> bool:
        allowed = self._allowed_hosts.get(host)
        if allowed is None:
            address = ipaddress.ip_address(host)
            allowed = any(address in network for network in self._allowed)
            if len(self._allowed_hosts) < 10_000:
                self._allowed_hosts[host] = allowed
            if not allowed:
                log.warning("refused a connection from %s: not in DIGITREE_ESL_ALLOW", host)
        return allowed

    def _watch(self) -> None:
        while True:
            gevent.sleep(WATCH_EVERY_S)
            now = time.monotonic()
            for session in [session for session in self._sessions if session.deadline < now]:
                session.expire()
