"""The demo: a shop, Stile in front of it, and five things to try. It leaves nothing behind but a log."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from config.loader import read_file
from proxy.faults import OwnFault
from proxy.logs import configure
from proxy.run import Gateway
from proxy.supervisor import Bound

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "deploy" / "demo" / "stile.yaml"
HOST = "127.0.0.1"
START_WAIT_S = 10.0
FORGED = (
    "curl -so /dev/null -w '%{http_code} ' -A 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'"
)
TRIES = 20  # ports, from the wanted one on


def run_demo(port: int, admin_port: int, workers: int) -> None:
    """Run shop and gateway until Ctrl-C. Raises OwnFault where that cannot be."""
    if not CONFIG.exists():
        raise OwnFault(f"the demo shop is not installed here: {CONFIG} is missing")
    configure()
    shop_port, port, admin_port = _free(18000), _free(port), _free(admin_port)
    with _shop(shop_port):
        gateway = Gateway(
            str(CONFIG), lambda path: _on_ports(read_file(path), port, admin_port, shop_port), workers
        )
        log = Path(gateway.config.log.path)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        gateway.run(lambda sockets: _announce(sockets, gateway, admin_port, log))


def _on_ports(text: str, port: int, admin_port: int, shop_port: int) -> str:
    return (
        text.replace(f"{HOST}:8080", f"{HOST}:{port}")
        .replace(f"{HOST}:9090", f"{HOST}:{admin_port}")
        .replace(f"{HOST}:8000", f"{HOST}:{shop_port}")
    )


def _free(wanted: int) -> int:
    for port in range(wanted, wanted + TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex((HOST, port)) == 0:
                continue
            with contextlib.suppress(OSError):
                probe.bind((HOST, port))
                return port
    raise OwnFault(f"no free port between {wanted} and {wanted + TRIES - 1}")


@contextlib.contextmanager
def _shop(port: int) -> Iterator[None]:
    shop = subprocess.Popen(  # noqa: S603  our own module, our own interpreter
        [sys.executable, "-m", "deploy.demo.shop", "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port, shop)
        yield
    finally:
        shop.terminate()
        shop.wait(timeout=5)


def _wait_for(port: int, shop: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_WAIT_S
    while time.monotonic() < deadline:
        if shop.poll() is not None:
            raise OwnFault("the demo shop ended at once; its error stands above")
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.02)
    raise OwnFault("the demo shop did not start")


def _announce(sockets: list[Bound], gateway: Gateway, admin_port: int, log: Path) -> None:
    port = sockets[0][0][1].getsockname()[1]
    shop, admin = f"http://localhost:{port}/", f"http://localhost:{admin_port}/"
    token = gateway.directory / "admin.token"
    console = Console(highlight=False)
    console.print(f"\n[bold]The shop is open behind Stile:[/bold]  {shop}", soft_wrap=True)
    console.print(f"The admin page:                 {admin}  (token: cat {_shown(token)})\n", soft_wrap=True)
    console.print("[bold]Six things to try[/bold]")
    scrape = f"for i in $(seq 1001 1040); do {FORGED} {shop}product/$i; done; echo"
    tries = (
        ("Shop like a person, in a browser", shop),
        ("See what is asked of whom Stile is not sure", f"{shop}.stile/challenge"),
        ("Knock like a program", f"curl -i {shop}product/1001"),
        ("Scrape with a borrowed browser name", scrape),
        ("Read why, one JSON line per decision", f"tail -f {_shown(log)}"),
        ("See it on the admin page", admin),
    )
    for number, (what, how) in enumerate(tries, 1):
        console.print(f"  {number}. {what}\n     [cyan]{how}[/cyan]", soft_wrap=True)
    console.print("\nCtrl-C ends the demo.\n")


def _shown(path: Path) -> Path:
    path = path.resolve()
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
