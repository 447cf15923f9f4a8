"""Records come as lines were written, and are judged as requests came."""

from analysis.records import Record
from analysis.replaying.order import ANSWER, ARRIVAL, BOTH, JUDGEMENT, Moment, Order
from tests.support.requests import a_request

NOW = 1_790_000_000.0


def happened(*times: tuple[float, float], most: int = 100) -> list[tuple[int, Moment, float]]:
    """What comes out for records of these arrivals and ends, in the order of their lines."""
    order = Order(most)
    out = []
    for number, (arrived, ended) in enumerate(times):
        record = Record(a_request(arrived=NOW + arrived), 200, 0, ended=NOW + ended if ended else 0.0)
        out += order.push(number, record)
    return [(number, moment, at - NOW) for at, number, moment, _ in (*out, *order.rest())]


def test_a_request_that_took_long_came_before_its_line() -> None:
    assert happened((5.0, 6.0), (0.0, 10.0)) == [
        (1, ARRIVAL, 0.0),
        (0, ARRIVAL, 5.0),
        (0, ANSWER, 6.0),
        (1, ANSWER, 10.0),
    ]


def test_without_an_end_the_answer_comes_at_once() -> None:
    assert happened((1.0, 0.0), (0.0, 0.0)) == [(1, BOTH, 0.0), (0, BOTH, 1.0)]


def test_who_waited_to_be_known_was_counted_first_and_judged_later() -> None:
    order = Order()
    for number, (arrived, waited_s) in enumerate(((0.0, 0.5), (0.25, 0.0))):
        request = a_request(arrived=NOW + arrived)
        order.push(number, Record(request, 200, 0, ended=NOW + 1.0, waited_s=waited_s))

    assert [(number, moment, at - NOW) for at, number, moment, _ in order.rest()] == [
        (0, ARRIVAL, 0.0),
        (1, ARRIVAL, 0.25),
        (0, JUDGEMENT, 0.5),
        (0, ANSWER, 1.0),
        (1, ANSWER, 1.0),
    ]


def test_a_line_that_comes_far_too_late_does_not_turn_time_back() -> None:
    assert happened((0.0, 0.0), (500.0, 0.0), (1000.0, 0.0), (10.0, 0.0))[-2:] == [
        (3, BOTH, 500.0),
        (2, BOTH, 1000.0),
    ]


def test_waiting_is_bounded() -> None:
    assert len(happened(*((float(number % 7), 0.0) for number in range(50)), most=5)) == 50
