"""A block of fields with gaps for the values that change: known once, filled in each time."""

from itertools import pairwise

from detectors.value import value
from proxy.http1.header_block import NOT_FORWARDED, HeaderBlock

# In the case that browsers and front proxies write them; in any other case the whole block is read anew.
_CHANGING = (
    b"\r\nCookie: ",
    b"\r\ncookie: ",
    b"\r\nReferer: ",
    b"\r\nreferer: ",
    b"\r\nX-Forwarded-For: ",
    b"\r\nIf-None-Match: ",
    b"\r\nIf-Modified-Since: ",
)
_FIELD_BYTES = bytes([0x09, *range(0x20, 0x7F), *range(0x80, 0x100)])  # RFC 9110 section 5.5


def blanked(block: bytes) -> tuple[bytes, list[bytes]]:
    """The block without the changing values, and these values in wire order."""
    cuts = []
    for mark in _CHANGING:
        at = block.find(mark)
        if at >= 0:
            start = at + len(mark)
            cuts.append((start, block.find(b"\r\n", start)))
    if not cuts:
        return block, []
    cuts.sort()
    edges = [0, *(edge for cut in cuts for edge in cut), len(block)]
    kept = [block[start:stop] for start, stop in list(pairwise(edges))[::2]]
    return b"".join(kept), [block[start:stop] for start, stop in cuts]


@value
class BlockTemplate:
    """`gaps` are (index in headers, lower-case name, offset in forwarded or -1) of the values to fill in."""

    block: HeaderBlock
    gaps: tuple[tuple[int, bytes, int], ...]
    usable: bool

    def filled(self, contents: list[bytes]) -> HeaderBlock | None:
        """The block with these values; None where only a full reading can tell whether it is well-formed."""
        if not contents:
            return self.block
        if not self.usable or len(contents) != len(self.gaps):
            return None
        known = self.block
        headers, fields = list(known.headers), known.fields.copy()
        parts: list[bytes] = []
        done = 0
        for (index, lower, offset), raw in zip(self.gaps, contents, strict=True):
            if raw.translate(None, _FIELD_BYTES):
                return None
            content = raw.strip(b" \t")
            headers[index] = (headers[index][0], content)
            fields[lower] = content
            if offset >= 0:
                parts += (known.forwarded[done:offset], content)
                done = offset
        parts.append(known.forwarded[done:])
        return HeaderBlock(
            tuple(headers),
            fields,
            known.repeated,
            b"".join(parts),
            known.framing,
            known.host,
            known.length,
            known.keep_alive,
            known.expects_continue,
            known.websocket,
            {},
        )


def template_of(block: HeaderBlock) -> BlockTemplate:
    """The template of a blank block: every changing field in it has an empty value."""
    changing = {mark[2:-2] for mark in _CHANGING}
    gaps: list[tuple[int, bytes, int]] = []
    usable = True
    for index, (name, content) in enumerate(block.headers):
        if name not in changing:
            continue
        lower = name.lower()
        usable = usable and not content and lower not in block.repeated
        line = b"\r\n%b: \r\n" % name  # a whole line: `X-Cookie: ` ends as `Cookie: ` does
        at = -1 if lower in NOT_FORWARDED else (b"\r\n" + block.forwarded).find(line)
        gaps.append((index, lower, at + len(line) - 4 if at >= 0 else -1))
    return BlockTemplate(block, tuple(gaps), usable)
