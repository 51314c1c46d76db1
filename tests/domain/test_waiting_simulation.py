"""The simulation of a line keeps the rules that it is to show."""

from __future__ import annotations

from benchmarks.waiting_simulation import Arrival, Crowd, rush, simulate


def test_one_person_takes_calls_one_after_the_other() -> None:
    served = simulate(Crowd([Arrival(0), Arrival(1), Arrival(2)], {"ann": 10.0}))
    assert served.waits_s == {0: 0.0, 1: 9.0, 2: 18.0}
    assert served.most_waiting == 2


def test_a_priority_of_a_minute_overtakes_those_of_the_minute_before() -> None:
    served = simulate(Crowd([Arrival(0), Arrival(1), Arrival(50, 1), Arrival(70)], {"ann": 100.0}))
    assert served.waits_s == {0: 0.0, 2: 50.0, 1: 199.0, 3: 230.0}


def test_the_look_of_a_call_that_waits_takes_its_time() -> None:
    served = simulate(Crowd([Arrival(0), Arrival(1)], {"ann": 10.0}), look_s=0.5)
    assert served.waits_s == {0: 0.0, 1: 9.5}


def test_in_a_rush_everybody_is_served_and_the_same_arrivals_make_the_same_figures() -> None:
    crowd = rush(400, 20, 3600)
    served = simulate(crowd)
    assert set(served.waits_s) == set(range(400))
    assert served.figures() == simulate(crowd).figures()
    assert served.most_waiting > 150
    # Nobody starves: whoever came without a priority is overtaken by those of the next minute alone.
    ends = {call: crowd.arrivals[call].at_s + wait_s for call, wait_s in served.waits_s.items()}
    for call, arrival in enumerate(crowd.arrivals):
        later = [other for other, each in enumerate(crowd.arrivals) if each.at_s > arrival.at_s + 60]
        assert all(ends[other] >= ends[call] for other in later)
