"""Bytes that are no message are refused; bytes that are one give their fields in order."""

import pytest

from config.cel.wire import double, integer, messages, one_message, read_fields, text

READ = {
    "nothing": (b"", {}),
    "a number": (b"\x08\x96\x01", {1: [150]}),
    "a text": (b"\x12\x03abc", {2: [b"abc"]}),
    "twice": (b"\x08\x01\x08\x02", {1: [1, 2]}),
    "a double": (b"\x29" + b"\0" * 6 + b"\x08\x40", {5: [b"\0" * 6 + b"\x08\x40"]}),
}
REFUSED = {
    "an open number": b"\x08\x96",
    "a number without end": b"\x08" + b"\xff" * 11,
    "a text cut short": b"\x12\x03ab",
    "a group": b"\x0b",
    "a double cut short": b"\x29\0\0",
}


@pytest.mark.parametrize(("message", "fields"), READ.values(), ids=READ)
def test_reads_fields(message, fields):
    assert read_fields(message) == fields


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED)
def test_refuses_what_is_no_message(message):
    with pytest.raises(ValueError, match=r"ends inside|no meaning"):
        read_fields(message)


def test_gives_fields_by_their_kind():
    fields = read_fields(b"\x08" + b"\xff" * 9 + b"\x01" + b"\x12\x02ab\x12\x01c")

    assert integer(fields, 1) == -1
    assert (text(fields, 2), messages(fields, 2), one_message(fields, 3)) == ("c", [b"ab", b"c"], None)
    assert double(b"\0" * 6 + b"\x08\x40") == 3.0
