"""A DNS server in this process: real packets, answers from a table, and silence where a test wants it."""

import socket
import threading
from collections.abc import Mapping
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], tuple[str, ...]]  # (name with its final dot, "PTR" and so on) -> records


class NameServer:
    """Serves `zone` on a port of 127.0.0.1; other names do not exist. `silent` drops every question."""

    def __init__(self, zone: Zone | None = None, *, silent: bool = False) -> None:
        self.zone = dict(zone or {})
        self.silent = silent
        self.delay_s = 0.0
        self.code = dns.rcode.NOERROR
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.port = int(self._socket.getsockname()[1])
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                packet, peer = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            question = dns.message.from_wire(packet)
            name = question.question[0].name.to_text().lower()
            kind = dns.rdatatype.to_text(question.question[0].rdtype)
            self.asked.append((name, kind))
            if self.silent:
                continue
            self._stopped.wait(self.delay_s)
            self._socket.sendto(self._answer(question, name, kind).to_wire(), peer)

    def _answer(self, question: dns.message.Message, name: str, kind: str) -> dns.message.Message:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        answer.set_rcode(self.code)
        if self.code != dns.rcode.NOERROR:
            return answer
        alias = self.zone.get((name, "CNAME"))
        if alias:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", *alias))
            name = alias[0].lower()
        records = self.zone.get((name, kind))
        if records:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def reversed_name(address: str) -> str:
    """The name under which an IPv4 address's host names stand."""
    return ".".join(reversed(address.split("."))) + ".in-addr.arpa."
