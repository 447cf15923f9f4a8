"""Real clients shake hands with a real gateway; a second program reads on the wire what they said."""

import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from detectors.fingerprint.client_hello import client_hello_of
from proxy.tls.records import hello_in
from tests.challenges.browser import SWITCHES
from tests.support.gateway import Event
from tests.support.hellos import second_ja4
from tests.support.processes import wait_until
from tests.support.programs import needs
from tests.support.recorder import Recorder
from tests.support.tls_house import TlsHouse
from tests.support.upstream import OK, Upstream

GO = """package main
import ("crypto/tls"; "net/http"; "os")
func main() {
    http.DefaultTransport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
    answer, err := http.Get(os.Args[1])
    if err != nil { panic(err) }
    answer.Body.Close()
}
"""
PYTHON = (
    "import ssl,sys,urllib.request as u; u.urlopen(sys.argv[1], context=ssl._create_unverified_context())"
)
AIOHTTP = """import aiohttp, asyncio, sys
async def ask():
    async with aiohttp.ClientSession() as session, session.get(sys.argv[1], ssl=False) as answer:
        await answer.read()
asyncio.run(ask())
"""
NODE = "process.env.NODE_TLS_REJECT_UNAUTHORIZED=0; fetch(process.argv[1]).then(r => r.text())"
COMMANDS = {
    "curl": ["curl", "-sk", "URL"],
    "curl, TLS 1.2": ["curl", "-sk", "--tls-max", "1.2", "URL"],
    "curl, no ALPN": ["curl", "-sk", "--no-alpn", "URL"],
    "curl, no name": ["curl", "-sk", "https://127.0.0.1:PORT/"],
    "openssl": ["openssl", "s_client", "-quiet", "-connect", "localhost:PORT", "-servername", "localhost"],
    "openssl, TLS 1.2": ["openssl", "s_client", "-quiet", "-tls1_2", "-connect", "127.0.0.1:PORT"],
    "openssl, ALPN": ["openssl", "s_client", "-quiet", "-alpn", "h2,http/1.1", "-connect", "localhost:PORT"],
    "Python": [sys.executable, "-c", PYTHON, "URL"],
    "aiohttp": [sys.executable, "-c", AIOHTTP, "URL"],
    "Node": ["node", "-e", NODE, "URL"],
    "wget": ["wget", "-q", "--no-check-certificate", "-O", "/dev/null", "URL"],
}
PRE_SHARED_KEY = 41  # RFC 8446 section 4.2.11
SAYS = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def heard_and_said(house: TlsHouse, recorder: Recorder, command: list[str]) -> tuple[Event, bytes]:
    """The event of the one request that `command` makes, and the bytes that it began with."""
    address = str(recorder.port)
    words = [
        word.replace("URL", f"https://localhost:{address}/").replace("PORT", address) for word in command
    ]
    asks = subprocess.run(words, input=SAYS, capture_output=True, timeout=60, check=False)
    events = house.seen(1)
    assert events, asks.stderr
    return events[0], recorder.hellos(1)[0]


def check(event: Event, hello: bytes) -> None:
    """Stile's fingerprint is the one that the wire shows."""
    assert event["tls"]["client"]["ja4"] == second_ja4(hello)
    assert event["tls"]["version"] in {"TLSv1.2", "TLSv1.3"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_client_is_known_by_what_it_says_on_the_wire(tmp_path: Path, name: str) -> None:
    if shutil.which(COMMANDS[name][0]) is None:
        pytest.skip(f"not on this machine: {COMMANDS[name][0]}")
    with (
        Upstream((OK,)) as upstream,
        TlsHouse(tmp_path, upstream.address) as house,
        Recorder(house.tls_port) as recorder,
    ):
        check(*heard_and_said(house, recorder, COMMANDS[name]))


@needs("go")
def test_go_is_known_by_what_it_says_on_the_wire(tmp_path: Path) -> None:
    source, program = tmp_path / "ask.go", tmp_path / "ask"
    source.write_text(GO)
    subprocess.run(["go", "build", "-o", str(program), str(source)], check=True, timeout=180)
    with (
        Upstream((OK,)) as upstream,
        TlsHouse(tmp_path, upstream.address) as house,
        Recorder(house.tls_port) as recorder,
    ):
        check(*heard_and_said(house, recorder, [str(program), "URL"]))


def resumes(hello: bytes) -> bool:
    """Whether the client comes back with a ticket, which is one extension more and so another JA4."""
    message = hello_in(hello)
    assert isinstance(message, bytes)
    return PRE_SHARED_KEY in client_hello_of(message).extensions


@pytest.mark.browser
@needs("chromium")
def test_chromium_is_known_by_what_it_says_on_the_wire(tmp_path: Path) -> None:
    with (
        Upstream((OK,)) as upstream,
        TlsHouse(tmp_path, upstream.address) as house,
        Recorder(house.tls_port) as recorder,
    ):
        url = f"https://localhost:{recorder.port}/"
        folder = f"--user-data-dir={tmp_path}/profile"
        browser = subprocess.Popen(
            ["chromium", *SWITCHES, folder, "--ignore-certificate-errors", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(lambda: len(house.seen(1)) > 0, 40.0)
        finally:
            browser.kill()
            browser.wait()
        hellos = [hello for hello in recorder.hellos(len(recorder.sent)) if hello[:1] == b"\x16"]

        assert house.seen(1)[0]["tls"]["client"]["ja4"] in map(second_ja4, hellos)
        anew = {second_ja4(hello) for hello in hellos if not resumes(hello)}
        assert len(anew) == 1  # however it shuffles its extensions


def test_plain_requests_have_no_tls(tmp_path: Path) -> None:
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address) as house:
        port = house.document["listen"][0]["address"].rpartition(":")[2]
        subprocess.run(["curl", "-s", f"http://127.0.0.1:{port}/"], check=True, capture_output=True)

        assert "tls" not in house.seen(1)[0]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_older_protocols_are_refused(tmp_path: Path) -> None:
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address) as house:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1

        with house.connection(context) as connection, pytest.raises((ssl.SSLError, ConnectionError)):
            connection.connect()
