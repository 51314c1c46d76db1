"""Calls that we make, on a real FreeSWITCH, while what makes and leads them dies: reminders, and call-backs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from ivr.domain.numbers import E164
from ivr.domain.telephones.way_out import where_it_goes
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk
from tests.faults.bench import Bench
from tests.faults.exchange import Exchange, ExchangeCall, Telephone
from tests.faults.menus import OUTGOING_MENU
from tests.faults.site import ADMIN, ESL, FREESWITCH, KEEPER, Site
from tests.faults.verdict import Row
from tests.helpers import wait_until
from tests.sip.callee import frames, quiet, spoken, tone

OURS, TRUNK = "+14155550100", "calls-out"
CALLS, AT_ONCE, CALL_BACKS = 20, 10, 3
ALL_DAY = {"from": "00:00", "to": "23:59"}
# Of the Arizona numbers that nobody has: each row takes some of its own, since a number is called thrice a day.
_NUMBERS = iter(range(4_805_550_100, 4_805_550_199))
_HELLO = frames(quiet(300), spoken(600))
_MACHINE = frames(quiet(400), spoken(3500), quiet(500), tone(500))
# Ringing, the wait for a free place, a second attempt after a minute, and an attempt that is given up after one.
_OVER_S = 400.0
_KINDS = {
    "rings long, opts out": Telephone(rings_s=10, says=_HELLO, key="9"),
    "machine": Telephone(says=_MACHINE),
    "opts out": Telephone(says=_HELLO, key="9"),
    "confirms": Telephone(says=_HELLO, key="1"),
    "busy, then confirms": Telephone(busy=1, says=_HELLO, key="1"),
}
_PRESSED = {"9": ("opted_out", "dnc"), "1": ("hung_up", "thanks")}


def fs_kill_in_calls_out(bench: Bench, row: Row) -> None:
    """FreeSWITCH: SIGKILL all ESL processes and the keeper, in turn, while we make calls"""
    site, struck = bench.site, Counter[str]()

    def strike(exchange: Exchange) -> bool:
        words = (ESL, KEEPER)[struck.total() % 2]
        if exchange.ringing() + exchange.talking() < 3:
            return False
        _note_under_way(row, struck, words, exchange)
        site.wait_replaced(words, site.kill(words), 1 if words == KEEPER else bench.esl_processes)
        return struck.total() >= 6

    with _ordered(site) as (exchange, orders):
        _until_over(site, exchange, orders, strike)
        _judge(row, site, exchange, orders, set())
    row.check(struck[KEEPER] >= 2, f"only {struck} kills")
    row.figures.append(f"kills: {dict(struck)}")


def fs_kill_switch_in_calls_out(bench: Bench, row: Row) -> None:
    """FreeSWITCH: SIGKILL the switch while we make calls: ringing, machine detection, menu"""
    site, cut_off, struck = bench.site, set[str](), Counter[str]()

    def strike(exchange: Exchange) -> bool:
        if exchange.ringing() < 1 or exchange.talking() < 3:
            return False
        _note_under_way(row, struck, FREESWITCH, exchange)
        site.wait_replaced(FREESWITCH, site.kill(FREESWITCH), 1)
        cut_off.update(exchange.cut_off())
        return True

    with _ordered(site) as (exchange, orders):
        _until_over(site, exchange, orders, strike)
        _judge(row, site, exchange, orders, cut_off)
    row.figures.append(f"{len(cut_off)} calls were under way and are gone with the switch")
    row.check(bool(cut_off), "no call was under way")


def fs_kill_in_call_backs(bench: Bench, row: Row) -> None:
    """FreeSWITCH: SIGKILL the switch while call-backs ring people, then the admin app and all ESL processes"""
    site = bench.site
    with _exchange(site) as exchange:
        made = _dial_back(row, site, exchange)
        site.wait_replaced(FREESWITCH, site.kill(FREESWITCH), 1)
        exchange.cut_off()
        site.wait_ready()
        _look_at_call_backs(row, site, exchange, made, (1, 0), "the switch")
        # A call-back whose caller was not reached stays open, and succeeds when it is dialled again.
        callback, person, caller = made[0]
        wait_until(
            lambda: site.ask("GET", f"/callbacks/{callback}")["result"], 60,
            f"the end is known\n{site.running.tail(20)}",
        )  # fmt: skip
        wait_until(lambda: _is_done_after_dialling(site, callback, person), 120, "they have talked", poll_s=1.0)
        row.check(len(exchange.calls_to(caller)) == 1, "the caller was called otherwise than once")
        made = _dial_back(row, site, exchange)
        site.kill(ADMIN)
        site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
        site.wait_ready()
        callers = [caller for *_, caller in made]
        wait_until(lambda: all(_over(exchange.calls_to(each)) for each in callers), 60, "they have talked")
        _look_at_call_backs(row, site, exchange, made, (1, 1), "the admin app")


def _is_done_after_dialling(site: Site, callback: str, person: str) -> bool:
    """Dial, and again once it is known that the switch was not back yet."""
    now = site.ask("GET", f"/callbacks/{callback}")
    if now["state"] == "open" and now["result"]:
        site.ask("POST", f"/callbacks/{callback}/dial", {"person": f"+{person}", "trunk": TRUNK})
    return bool(now["state"] == "done")


def _look_at_call_backs(
    row: Row, site: Site, exchange: Exchange, made: Sequence[tuple[str, str, str]], wanted: tuple[int, int],
    killed: str,
) -> None:  # fmt: skip
    """`wanted`: how often each person and each caller is called."""
    found = [(len(exchange.calls_to(person)), len(exchange.calls_to(caller))) for _, person, caller in made]
    row.calls += len(made)
    row.dropped += sum(each != wanted for each in found)
    row.check(set(found) == {wanted}, f"people and callers were called {found} times, not {wanted}")
    asked = [site.ask("GET", f"/callbacks/{callback}") for callback, *_ in made]
    row.check({each["dialled"] for each in asked} == {1}, f"dialled: {[each['dialled'] for each in asked]}")
    kept = Counter(each["state"] for each in asked)
    row.check(kept.keys() <= {"open", "done"}, f"call-backs are {dict(kept)}")
    row.figures.append(f"{killed} killed: each person called {wanted[0]}, each caller {wanted[1]} times")


def _over(calls: Sequence[ExchangeCall]) -> bool:
    return any(each.answered_at is not None and each.is_over for each in calls)


def _note_under_way(row: Row, struck: Counter[str], words: str, exchange: Exchange) -> None:
    struck[words] += 1
    ringing, talking = exchange.ringing(), exchange.talking()
    row.figures.append(f"{words.removeprefix('-m ').split()[0]} killed with {ringing} ringing, {talking} answered")


def _dial_back(row: Row, site: Site, exchange: Exchange) -> list[tuple[str, str, str]]:
    """Call-backs whose people ring: the id of each, the person who is rung first, and the caller."""
    over = where_it_goes(Trunk(TRUNK, hosts=(Host("127.0.0.1", exchange.port),), numbers=(E164(OURS),)))
    made = []
    for _ in range(CALL_BACKS):
        person, caller = f"1{next(_NUMBERS)}", f"1{next(_NUMBERS)}"
        exchange.telephones[person] = Telephone(rings_s=4, says=_HELLO)
        exchange.telephones[caller] = Telephone(rings_s=4, says=_HELLO, talk_s=2)
        with site.postgres() as connection:
            number = f"+{person}"
            known = "insert into telephone (number, added_by, verified_at) values (%s, 'faults', now())"
            connection.execute(known, (number,))
            verified = "insert into telephone_trunk (number, trunk, goes_to) values (%s, %s, %s)"
            connection.execute(verified, (number, over.trunk, over.goes_to))
        callback = site.ask("POST", "/callbacks", {"number": f"+{caller}"})["id"]
        site.ask("POST", f"/callbacks/{callback}/dial", {"person": number, "trunk": TRUNK})
        made.append((callback, person, caller))
    people = [person for _, person, _ in made]
    wait_until(lambda: all(exchange.calls_to(each) for each in people), 30, "the people ring")
    return made


@contextmanager
def _exchange(site: Site) -> Iterator[Exchange]:
    """A trunk whose telephones are ours."""
    with Exchange() as exchange:
        trunk = {"name": TRUNK, "hosts": [f"127.0.0.1:{exchange.port}"], "numbers": [OURS]}
        site.ask("POST", "/trunks", trunk)
        try:
            yield exchange
            assert not exchange.broken, exchange.broken[:3]
        finally:
            site.ask("DELETE", f"/trunks/{TRUNK}")


@contextmanager
def _ordered(site: Site) -> Iterator[tuple[Exchange, dict[str, tuple[str, str]]]]:
    """Calls that are ordered at once: number -> id of the order, and what its telephone does."""
    with _exchange(site) as exchange:
        menu = site.make_menu("", OUTGOING_MENU, prompt_ms=3000)
        orders = {}
        try:
            for at in range(CALLS):
                kind = [*_KINDS][at % len(_KINDS)]
                number = f"1{next(_NUMBERS)}"
                exchange.telephones[number] = _KINDS[kind]
                order = {
                    "to": f"+{number}", "ivr_id": menu, "trunk": TRUNK, "purpose": "service", "hours": ALL_DAY,
                    "retries": {"most": 2, "busy_s": 60, "no_answer_s": 60},
                }  # fmt: skip
                orders[number] = (str(site.ask("POST", "/calls", order)["id"]), kind)
            yield exchange, orders
        finally:
            site.ask("DELETE", f"/ivr/{menu}?force=true")


def _until_over(
    site: Site, exchange: Exchange, orders: dict[str, tuple[str, str]], strike: Callable[[Exchange], bool]
) -> None:
    """Until every order has ended; `strike` is asked now and then until it says that it was enough."""
    enough, next_at = False, 0.0
    left = {order for order, _ in orders.values()}
    deadline = time.monotonic() + _OVER_S
    while left and time.monotonic() < deadline:
        if not enough and time.monotonic() >= next_at:
            enough = strike(exchange)
            next_at = time.monotonic() + 4.0
        with suppress(AssertionError, OSError):
            left = {order for order in left if site.ask("GET", f"/calls/outgoing/{order}")["state"] != "ended"}
        time.sleep(0.3)


def _judge(
    row: Row, site: Site, exchange: Exchange, orders: dict[str, tuple[str, str]], cut_off: set[str]
) -> None:
    """`cut_off`: the numbers whose calls were gone with the switch. Nobody is called twice, and nobody is lost."""
    results: Counter[str] = Counter()
    heard_machines = 0
    for number, (order, kind) in orders.items():
        calls = exchange.calls_to(number)
        answered = [each for each in calls if each.answered_at is not None]
        now = site.ask("GET", f"/calls/outgoing/{order}")
        attempts = now["attempts"]
        row.calls += len(calls)
        results[now["result"] or now["state"]] += 1
        who = f"{number} ({kind}): {now['result']}, {len(calls)} calls, {len(answered)} answered"
        most = 1 + exchange.telephones[number].busy
        row.check(len(answered) <= 1 and len(calls) <= most, f"called twice: {who}")
        row.check(len(calls) <= len(attempts) <= 2, f"{len(attempts)} attempts: {who}")
        row.check(now["state"] == "ended", f"lost: {who}, {now['state']}, {now['reason']}")
        if number in cut_off:
            row.check(now["result"] in ("answered", "unknown"), f"gone with the switch: {who}")
            continue
        if now["result"] == "unknown" and not answered:
            # Nobody saw its end: it rang, or was busy, while no keeper was there.
            continue
        row.dropped += not answered
        row.check(now["result"] == "answered" and len(answered) == 1, f"not reached: {who}")
        if attempts and attempts[-1]["call_id"]:
            heard_machines += _look_at_record(row, site, number, kind, attempts[-1]["call_id"], who)
    row.check(results["unknown"] <= len(cut_off) + 2, f"too many are not known: {results}")
    row.check(exchange.most_at_once() <= AT_ONCE, f"{exchange.most_at_once()} calls at once, not {AT_ONCE}")
    machines = sum(kind == "machine" for _, kind in orders.values())
    row.figures.append(
        f"{CALLS} orders: {dict(results)}; {exchange.most_at_once()} at once at most; {heard_machines} of {machines}"
        " machines heard the words for them"
    )


def _look_at_record(row: Row, site: Site, number: str, kind: str, call_id: str, who: str) -> bool:
    """Whether a machine heard what is meant for machines."""
    wait_until(lambda: site.ask("GET", f"/calls/{call_id}")["ended_at"], 40, f"the record of {number}")
    record = site.ask("GET", f"/calls/{call_id}")
    key, path = _KINDS[kind].key, [step["node"] for step in record["path"]]
    opt_outs = site.opt_outs([f"+{number}"])
    row.opt_outs_expected += key == "9"
    row.opt_outs_found += bool(opt_outs) and key == "9"
    row.opt_outs_twice += len(opt_outs) > 1
    row.check(len(opt_outs) == (key == "9"), f"{len(opt_outs)} opt-outs: {who}")
    if key:
        row.keys_lost += path[-1] != _PRESSED[key][1]
        row.check((record["outcome"], path[-1]) == _PRESSED[key], f"{record['outcome']} at {path}: {who}")
        return False
    row.check(record["outcome"] in ("hung_up", "no_input"), f"{record['outcome']} at {path}: {who}")
    return path[-1] == "message"
