from dataclasses import replace

import pytest

from challenges.binding import binding_of
from challenges.keyring import Keyring
from challenges.ticket import TICKET, Ticket, open_ticket
from detectors.visit import Level
from tests.support.challenges import NONCE, NOW, a_keyring
from tests.support.requests import a_request

ASKED = Ticket(
    id=NONCE,
    kind=Level.POW,
    bits=15,
    issued=NOW,
    expires=NOW + 300,
    binding=binding_of(a_request(), "shop"),
    target="/product/7?a=b",
    method="GET",
)


def test_opens_as_it_was_sealed():
    assert open_ticket(a_keyring(), ASKED.seal(a_keyring())) == ASKED


def test_the_longest_target_fits():
    longest = replace(ASKED, target="/" + "a" * 2047, method="GET" * 20)

    assert open_ticket(a_keyring(), longest.seal(a_keyring())) == longest


def test_no_changed_byte_opens():
    sealed = ASKED.seal(a_keyring())
    changed = [sealed[:at] + chr(ord(sealed[at]) ^ 1) + sealed[at + 1 :] for at in range(len(sealed))]

    assert [text for text in changed if open_ticket(a_keyring(), text) is not None] == []


def test_a_ticket_of_another_gateway_does_not_open():
    assert open_ticket(Keyring([b"another secret of enough bytes"]), ASKED.seal(a_keyring())) is None


KINDS = {"nothing": 0, "a level that is not asked": 3, "negative": -1}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_that_nobody_asks_does_not_open(kind):
    binding = ASKED.binding
    fields = (NONCE, kind, 0, NOW, NOW, binding.site, binding.agent, binding.network, "/", "GET")

    assert open_ticket(a_keyring(), a_keyring().seal(TICKET, fields)) is None


def test_the_id_is_text_without_padding():
    assert ASKED.id_text == "AAECAwQFBgcICQoLDA0ODw"
