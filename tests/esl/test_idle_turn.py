"""Work on answers of services gives way to calls: one piece at a time, when there is nothing else to do."""

from __future__ import annotations

import gevent

from esl_server.services.idle_turn import IdleTurn


def test_what_is_ready_comes_before_work_that_gives_way() -> None:
    turn, order = IdleTurn(), list[str]()

    def work(name: str) -> None:
        turn()
        order.append(name)

    def call() -> None:
        for _ in range(5):
            gevent.sleep(0)
            order.append("call")

    waiting = [gevent.spawn(work, str(n)) for n in range(3)]
    gevent.joinall([*waiting, gevent.spawn(call)], timeout=30, raise_error=True)
    assert order == ["call"] * 5 + ["0", "1", "2"]


def test_a_turn_that_is_given_up_is_the_next_ones() -> None:
    turn, done = IdleTurn(), list[str]()

    def work(name: str) -> None:
        turn()
        done.append(name)

    first, second = gevent.spawn(work, "first"), gevent.spawn(work, "second")
    gevent.sleep(0)
    first.kill()
    second.join(timeout=30)
    assert done in (["second"], ["first", "second"])
    assert second.successful()
