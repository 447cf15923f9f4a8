"""Two seconds of each fuzz target, and what the fuzzing found before."""

import pytest

from tests.fuzz.mutation import Mutator
from tests.fuzz.run import run, try_one
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

SMOKE_S = 2.0


@pytest.mark.parametrize("name", TARGETS)
def test_target_survives_two_seconds(name: str) -> None:
    finding = run(TARGETS[name], SMOKE_S, seed=7).finding

    assert finding is None, f"{finding.story}\n{finding.data!r}" if finding else ""


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, second = (Mutator(5, [b"GET / HTTP/1.1\r\n\r\n"], [b"\0"]) for _ in range(2))

    assert [first.next() for _ in range(200)] == [second.next() for _ in range(200)]


def test_an_exception_is_a_finding() -> None:
    def fails(data: bytes) -> None:
        raise KeyError("lost")

    finding = try_one(Target("broken", [b""], [b""], fails), b"x")

    assert finding is not None
    assert "KeyError" in finding.story
