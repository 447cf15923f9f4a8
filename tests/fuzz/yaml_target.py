"""Configurations: loaded, or refused with faults that have a place; never a traceback."""

from pathlib import Path

from config.fault import ConfigFaults
from config.loader import load
from tests.fuzz.target import Target

ROOT = Path(__file__).parent.parent.parent
NAME = "stile.yaml"
SMALL = b"""\
listen:
  - address: 0.0.0.0:8080
trusted_proxies: [10.0.0.0/8, "2001:db8::/32"]
client_address_header: X-Forwarded-For
admin: {address: 127.0.0.1:9090}
state: {timeout: 5ms, directory: state, max_clients: 200000}
log: {path: "-", hash_addresses: true, query_values: [page, q]}
limits: {max_line: 8KiB, max_headers: 100, head_timeout: 10s, max_body: 10MB}
upstream_limits: {connect_timeout: 3s, eject: 1s}
challenge: {pow_bits: 15, status: 403, ticket_ttl: 10m}
sites:
  - name: shop
    hosts: [shop.example.com, "*.shop.example.com"]
    upstreams: [http://10.0.0.5:8000, https://shop.internal]
    mode: monitor
    upstream_headers: [risk, band]
routes:
  product: {match: ["/product/*"]}
  login: {match: ["POST /login"]}
bands: {trusted: 5, low: 40, elevated: 70, high: 90}
evidence: {header_order: 1.5, prior: -2}
networks: {partners: [192.0.2.0/24]}
policy:
  import: ["(stile)/default.yaml"]
  rules:
    - name: price-scraping
      when: request.route == "product" && client.rate("ip", "1m") > 60.0
      action: challenge
      oat: OAT-011
    - name: partner-feed
      when: request.path.startsWith("/feed/") && request.ip in networks.partners
      action: allow
"""
SHIPPED = tuple(sorted((ROOT / "config/shipped").glob("*.yaml")))
CORPUS = (SMALL, SMALL, *(path.read_bytes() for path in SHIPPED))
TOKENS = (
    *(
        b"&a ",
        b"*a",
        b"<<: *a",
        b"!!python/object:os.system ",
        b"!!binary ",
        b"!x ",
        b"? ",
        b"- ",
        b"|\n",
        b">\n",
    ),
    *(
        b"---\n",
        b"...\n",
        b"%YAML 1.1\n",
        b"\t",
        b"\0",
        b"\x85",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"#",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"'",
        b": ",
        b",",
        b"\n",
        b"\n  ",
        b"~",
        b"null",
        b"true",
        b"yes",
        b"0x1f",
        b".inf",
    ),
    *(
        b".nan",
        b"1e999",
        b"-1",
        b"9" * 30,
        b"12:30",
        b"2001-01-01",
        b"1ms",
        b"999999999d",
        b"99999999GiB",
        b"0B",
    ),
    *(
        b"(stile)/default.yaml",
        b"(stile)/../x",
        b"/etc/passwd",
        b"http://[::1",
        b"http://a:99999",
        b"ftp://x",
        b"*",
    ),
    *(b"networks.x", b'client.rate("ip", "2m")', b"request.", b" && ", b" || ", b"!", b"(" * 60, b"a" * 3000),
    *(
        b"1/0 == 1",
        b"[1,2].all(x, x>0)",
        b"matches('(a+)+$')",
        b'"\\',
        b"import:",
        b"rules:",
        b"sites:",
        b"? [a]\n: b\n",
    ),
)


def check(data: bytes) -> None:
    """Load `data` as the main file; imports of shipped files are real, everything else is missing."""

    def read(path: str) -> str:
        if Path(path).name == NAME:
            return data.decode("utf-8", "surrogateescape")
        if path.startswith(str(ROOT)):
            return Path(path).read_text("utf-8")
        raise FileNotFoundError(2, "no such file", path)

    try:
        load(NAME, read)
    except ConfigFaults as faults:
        check_faults(faults)


def check_faults(faults: ConfigFaults) -> None:
    """There is at least one, and each stands on one line with its place."""
    assert faults.faults
    for fault in faults.faults:
        assert fault.place.line >= 1
        assert fault.place.column >= 1
        assert fault.message
        assert "\n" not in str(fault), f"a fault of several lines: {fault}"
        assert "Traceback" not in str(fault)


YAML = Target("yaml", CORPUS, TOKENS, check)
