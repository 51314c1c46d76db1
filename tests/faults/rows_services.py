"""Services that menus ask: slow, dead, lying, cut off; notices for them while stores and workers are away."""

from __future__ import annotations

import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

from tests.faults.bench import Bench, Crowd, share
from tests.faults.menus import SERVICES_MENU
from tests.faults.scripts import SERVICES
from tests.faults.site import ESL, KEEPER, POSTGRES, REDIS, Site
from tests.faults.verdict import Row
from tests.helpers import wait_until
from tests.service_stub import ServiceStub, answer, chunked, close, serving

SERVICES_DID = "+14155550102"
_KNOWN = answer({"known": True})
# A killed sender's lease of 30 s, and the waits after the first failures.
_TOLD_S = 300.0
# A worker that another one replaces asks again.
_AWAY_S = 6.0
_NOTICE = "services, a notice"


def service_slow(bench: Bench, row: Row) -> None:
    """A service does not answer, and a third of all calls wait for it"""
    with _asked(bench.site, _hold) as asked:
        with bench.crowd(row, unbroken=True) as alone:
            bench.wait_new_calls(alone)
        with _waiting(bench, row) as waiting, bench.crowd(row, unbroken=True) as crowd:
            bench.wait_new_calls(crowd)
            bench.wait_new_calls(crowd)
        asked.look_at(row, waiting, "timeout", "circuit_open")
    usual, then = (sorted(ms for call in each.calls for ms in call.waits_ms) for each in (alone, crowd))
    row.figures.append(f"others, key to prompt, 99 %: {share(usual, 0.99):.0f} ms, then {share(then, 0.99):.0f} ms")


def service_dead(bench: Bench, row: Row) -> None:
    """A service is down: nobody listens"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with _asked(bench.site, _KNOWN) as asked:
        with _waiting(bench, row) as crowd:
            bench.wait_new_calls(crowd)
            bench.site.ask("PATCH", "/services/crm", {"url": f"http://127.0.0.1:{port}/"})
            bench.wait_new_calls(crowd)
            bench.wait_new_calls(crowd)
        asked.look_at(row, crowd, "200", "unreachable", "circuit_open")


def service_lies(bench: Bench, row: Row) -> None:
    """A service answers with 10 MB, HTML, brackets without end, a redirect to the inside, half an answer, nothing"""
    with _asked(bench.site, _KNOWN) as asked:
        with _waiting(bench, row) as crowd:
            for number, lie in enumerate(_LIES):
                # At another address, which no breaker leaves alone yet.
                asked.crm.answers, so_far = [lie], len(asked.crm.got)
                bench.site.ask("PATCH", "/services/crm", {"url": f"{asked.crm.url}?lie={number}"})
                wait_until(lambda so_far=so_far: len(asked.crm.got) > so_far + 2, 60, "the service is asked")  # type: ignore[misc]
        asked.look_at(row, crowd, *_FAILURES)
        row.check(all(each.line.startswith("POST /ask") for each in asked.crm.got), "a redirect was followed")


def service_fails_without_redis(bench: Bench, row: Row) -> None:
    """A service fails while Redis is frozen: each process leaves it alone by itself, and asks it again later"""
    with _asked(bench.site, close) as asked:
        with _waiting(bench, row) as crowd:
            with bench.site.frozen(REDIS):
                bench.wait_new_calls(crowd)
                bench.wait_new_calls(crowd)
            asked.crm.answers = [_KNOWN]
            so_far = len(asked.crm.got)
            wait_until(lambda: len(asked.crm.got) > so_far + 3, 60, "the service is asked again")
            bench.wait_new_calls(crowd)
        values = asked.look_at(row, crowd, "200", "unreachable", "circuit_open")
    row.check(values["circuit_open"] > 0 and values["200"] > 0, f"left alone and asked again: {dict(values)}")


def kill_all_esl_in_requests(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes while callers wait for a service"""
    site = bench.site
    with _asked(site, _slowly) as asked:
        with _waiting(bench, row, clock_s=_AWAY_S, unbroken=False) as crowd:
            bench.wait_new_calls(crowd)
            site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
            bench.wait_new_calls(crowd)
        asked.look_at(row, crowd, "200", "timeout", "unreachable", "circuit_open")
    met = sum(call.connections > 1 for call in crowd.calls)
    row.figures.append(f"{met} calls moved to another process")
    row.check(met >= bench.live // 20, f"only {met} calls met the fault")


def notices_without_postgres(bench: Bench, row: Row) -> None:
    """Notices while Postgres is frozen, workers and keeper are killed, and the service fails at first"""
    site = bench.site
    with _asked(site, _KNOWN) as asked:
        asked.notices.answers = [answer({}, status="503 x")]
        with _waiting(bench, row, clock_s=_AWAY_S, unbroken=False) as crowd:
            bench.wait_new_calls(crowd)
            with site.frozen(POSTGRES):
                bench.wait_new_calls(crowd)
                site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
                bench.wait_new_calls(crowd)
            site.wait_replaced(KEEPER, site.kill(KEEPER), 1)
            bench.wait_new_calls(crowd)
        asked.notices.answers = [answer({})]
        wanted = {call.number for call in crowd.calls if call.script == _NOTICE}
        with suppress(AssertionError):  # what is missing then is said below
            wait_until(lambda: wanted <= asked.told_of(), _TOLD_S, "all notices are told", poll_s=0.2)
        asked.look_at(row, crowd, "200", "timeout", "unreachable", "circuit_open")
        told, got = asked.told_of(), list(asked.notices.got)
    row.check(wanted == told, f"not told: {sorted(wanted - told)}; told without need: {sorted(told - wanted)}")
    ids = {(json.loads(each.body)["caller"], each.headers["webhook-id"]) for each in got}
    row.check(len(ids) == len(told), f"{len(ids)} notices for {len(told)} callers")
    row.figures.append(f"{len(told)} notices, sent {len(got)} times")


def _hold(connection: socket.socket) -> None:
    """No answer, until the other side has enough."""
    with suppress(OSError):
        connection.recv(1)


def _slowly(connection: socket.socket) -> None:
    time.sleep(2.0)  # the fault itself
    connection.sendall(_KNOWN)


_FAILURES = ("200", "too_large", "not_json", "status", "timeout", "unreachable", "circuit_open")
_LIES: tuple[bytes | Callable[[socket.socket], None], ...] = (
    answer(b"x" * 10_000_000),
    chunked(*[b"x" * 1000] * 10_000),
    answer(b"<html></html>", "Content-Type: text/html"),
    answer(b"[" * 60_000),
    answer(b'{"known": true, "known": false}'),
    answer(b"NaN"),
    _KNOWN,
    answer({}, "Location: http://127.0.0.1:1/inside", status="302 Found"),
    answer({"known": True}, length=500),
    b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    close,
)


@dataclass(frozen=True)
class _Asked:
    """The services of the menu."""

    crm: ServiceStub
    notices: ServiceStub

    def look_at(self, row: Row, crowd: Crowd, *allowed: str) -> Counter[str]:
        """How often the records of these calls say which answer; no other than those allowed."""
        steps = (step for record in crowd.records.values() for step in record["path"])
        values = Counter(str(step["value"]) for step in steps if step["key"] == "crm")
        row.figures.append(", ".join(f"{name} {count}" for name, count in sorted(values.items())))
        row.check(set(values) <= set(allowed), f"the service's answers are kept as {dict(values)}")
        return values

    def told_of(self) -> set[str]:
        """The callers of whom a notice was taken or refused."""
        return {json.loads(each.body)["caller"] for each in list(self.notices.got)}


@contextmanager
def _asked(site: Site, said: bytes | Callable[[socket.socket], None]) -> Iterator[_Asked]:
    """The menu with its services, of which the one that callers wait for says this."""
    with serving(said) as crm, serving(answer({})) as notices:
        for name, stub in (("crm", crm), ("notices", notices)):
            site.ask("POST", "/services", {"name": name, "url": stub.url, "allow_private": True})
        ivr_id = site.make_menu(SERVICES_DID, SERVICES_MENU)
        try:
            yield _Asked(crm, notices)
        finally:
            site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
            for name in ("crm", "notices"):
                site.ask("DELETE", f"/services/{name}")


def _waiting(
    bench: Bench, row: Row, *, unbroken: bool = True, clock_s: float = 4.0
) -> AbstractContextManager[Crowd]:
    """Callers of the menu with services, half as many as elsewhere."""
    live = max(4, bench.live // 2)
    return bench.crowd(
        row, did=SERVICES_DID, scripts=SERVICES, live=live, unbroken=unbroken, clock_s=clock_s
    )
