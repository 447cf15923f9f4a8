from dataclasses import replace

import pytest

from challenges.binding import binding_of
from challenges.keyring import Keyring
from challenges.rung import LEVELS, Rung
from challenges.ticket import TICKET, Ticket, open_ticket
from detectors.visit import Level
from tests.support.challenges import NONCE, NOW, a_keyring
from tests.support.requests import a_request

ASKED = Ticket(
    id=NONCE,
    rung=Rung.POW,
    level=Level.POW,
    bits=15,
    wait_s=6.0,
    issued=NOW,
    expires=NOW + 300,
    lasts_s=3600.0,
    binding=binding_of(a_request(), "shop"),
    target="/product/7?a=b",
    method="GET",
)


@pytest.mark.parametrize("rung", Rung)
def test_opens_as_it_was_sealed(rung):
    asked = replace(ASKED, rung=rung, level=LEVELS[rung])

    assert open_ticket(a_keyring(), asked.seal(a_keyring())) == asked


def test_the_longest_target_fits():
    longest = replace(ASKED, target="/" + "a" * 2047, method="GET" * 20)

    assert open_ticket(a_keyring(), longest.seal(a_keyring())) == longest


def test_no_changed_byte_opens():
    sealed = ASKED.seal(a_keyring())
    changed = [sealed[:at] + chr(ord(sealed[at]) ^ 1) + sealed[at + 1 :] for at in range(len(sealed))]

    assert [text for text in changed if open_ticket(a_keyring(), text) is not None] == []


def test_a_ticket_of_another_gateway_does_not_open():
    assert open_ticket(Keyring([b"another secret of enough bytes"]), ASKED.seal(a_keyring())) is None


UNFIT = {
    "a short id": (b"short", "pow", 5),
    "a rung that nobody asks": (NONCE, "magic", 5),
    "no rung": (NONCE, "", 5),
    "a level that there is not": (NONCE, "pow", 8),
    "a negative level": (NONCE, "pow", -1),
}


@pytest.mark.parametrize(("id_", "rung", "level"), UNFIT.values(), ids=UNFIT)
def test_what_we_would_not_ask_does_not_open(id_, rung, level):
    binding = ASKED.binding
    fields = (id_, rung, level, 0, 0.0, NOW, NOW, 1.0, *parts_of(binding), "/", "GET")

    assert open_ticket(a_keyring(), a_keyring().seal(TICKET, fields)) is None


def parts_of(binding):
    return binding.site, binding.agent, binding.networks, binding.tls


def test_the_id_is_text_without_padding():
    assert ASKED.id_text == "AAECAwQFBgcICQoLDA0ODw"


@pytest.mark.parametrize(("now", "elapsed"), [(NOW, 0.0), (NOW + 2.5, 2.5), (NOW - 5, 0.0)])
def test_a_clock_that_is_behind_counts_as_no_time(now, elapsed):
    assert ASKED.elapsed_s(now) == elapsed
