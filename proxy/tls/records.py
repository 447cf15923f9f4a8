"""TLS records are the envelopes; a hello may fill several. This file takes it out and reads nothing in it.

Source: RFC 8446 section 5.1.
"""

HANDSHAKE = 0x16
HEADER = 5
MAX_RECORD = 16 * 1024 + 256  # what a TLS 1.2 peer may send; a plain record holds 16 KiB
MAX_RECORDS = 64  # a hello in more pieces is nobody's; who splits it against middleboxes makes two to five
MAX_HELLO = 32 * 1024  # browsers with post-quantum key shares need 2 KiB; OpenSSL itself would take 128


class NotTls(ValueError):
    """The first byte is no TLS record of the handshake."""


class HelloTooLarge(ValueError):
    """The hello is larger, or in more pieces, than any client's."""


def hello_in(data: bytes) -> bytes | int:
    """The first handshake message in `data`, or how many bytes there must be before it can be told.

    Raises NotTls or HelloTooLarge as soon as it is certain.
    """
    if data[:2] == b"\x16\x03" and len(data) >= 9:  # as nearly always: all of it in one record
        end = 9 + int.from_bytes(data[6:9], "big")
        if end <= min(len(data), HEADER + (data[3] << 8 | data[4]), MAX_RECORD):
            return data[HEADER:end]
    return _gathered(data)


def _gathered(data: bytes) -> bytes | int:
    message, place = b"", 0
    for _ in range(MAX_RECORDS):
        if data[place : place + 1] not in (b"", b"\x16") or data[place + 1 : place + 2] not in (b"", b"\x03"):
            raise NotTls
        if len(data) < place + HEADER:
            return place + HEADER
        size = data[place + 3] << 8 | data[place + 4]
        if not 0 < size <= MAX_RECORD:  # empty handshake records are forbidden
            raise NotTls
        end = place + HEADER + size
        message += data[place + HEADER : end]
        if len(message) >= 4:
            whole = 4 + int.from_bytes(message[1:4], "big")
            if whole > MAX_HELLO:
                raise HelloTooLarge
            if len(message) >= whole:
                return message[:whole]
        if len(data) < end:
            return end
        place = end
    raise HelloTooLarge
