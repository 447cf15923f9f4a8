"""Who waits for a handshake makes room for who came later, and never for ever."""

from dataclasses import dataclass, field

from proxy.tls.waiting import Outcome, Waiting


@dataclass(eq=False)
class Visitor:
    """A guest who remembers being cut."""

    address: str
    since: float = 0.0
    cuts: list[Outcome] = field(default_factory=list)

    def cut(self, outcome: Outcome) -> None:
        self.cuts.append(outcome)


def test_the_longest_wait_of_the_same_address_makes_room() -> None:
    waiting = Waiting(10, 2)
    first, second, other, third = (Visitor(address) for address in "aaba")

    leaving = [waiting.add(one, trusted=False) for one in (first, second, other, third)]

    assert leaving == [None, None, None, first]


def test_a_front_speaks_for_many() -> None:
    waiting = Waiting(10, 2)

    assert [waiting.add(Visitor("a"), trusted=True) for _ in range(5)] == [None] * 5


def test_the_longest_wait_of_all_makes_room_where_the_house_is_full() -> None:
    waiting = Waiting(2, 2)
    first, second, third = (Visitor(address) for address in "abc")

    leaving = [waiting.add(one, trusted=True) for one in (first, second, third)]

    assert leaving == [None, None, first]


def test_who_left_is_forgotten_wholly() -> None:
    waiting = Waiting(10, 1)
    guest = Visitor("a")
    waiting.add(guest, trusted=False)

    waiting.remove(guest)
    waiting.remove(guest)

    assert (len(waiting), waiting.add(Visitor("a"), trusted=False)) == (0, None)


def test_a_renamed_guest_counts_where_it_comes_from_and_keeps_its_place() -> None:
    waiting = Waiting(10, 1)
    early, through_front = Visitor("a", since=1.0), Visitor("front", since=0.0)
    waiting.add(through_front, trusted=True)
    waiting.add(early, trusted=False)

    leaving = waiting.rename(through_front, "a")

    assert (leaving, waiting.everybody(), through_front.address) == (early, (through_front, early), "a")


def test_tells_who_is_late() -> None:
    waiting = Waiting(10, 10)
    guests = [Visitor("a", since=float(second)) for second in range(4)]
    for guest in guests:
        waiting.add(guest, trusted=False)

    assert waiting.overdue(2.0) == guests[:2]
