"""One scraper at work: its goal says what, its hand sends, its pace is written down. Orders on stdin."""

from collections.abc import Callable
from random import Random

from analysis.lab.clients.disguise import headers, referrer
from analysis.lab.clients.goals import GOALS, Answer, Ask
from analysis.lab.clients.hands import HANDS
from analysis.lab.clients.order import Order, mark, read_orders


def scrape(order: Order, fetch: Callable[[Ask], Answer]) -> None:
    """Pursue the goal for as many asks as were ordered."""
    chance = Random(order.seed)
    goal = GOALS[order.goal](order, chance)
    ask = next(goal)
    for number in range(order.asks):
        if number:
            mark(order.port, order.pause_s(chance))
        try:
            ask = goal.send(fetch(ask))
        except StopIteration:
            return


def main() -> None:
    """Carry out the orders one after the other."""
    for order in read_orders():
        send, sent, chance = HANDS[order.family](order), headers(order), Random(order.seed + 1)
        before = ""

        def fetch(ask: Ask, order: Order = order) -> Answer:
            nonlocal before
            answer = send(ask, sent | referrer(order, before, chance))  # noqa: B023  used within its turn
            before = ask.path
            return answer

        scrape(order, fetch)


if __name__ == "__main__":
    main()
