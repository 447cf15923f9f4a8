"""Somebody who asked to be forgotten is found nowhere any more, and begins from zero when they come back."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests

from config.loader import load
from config.where import Where
from proxy.account import hashed_account
from proxy.state.eraser import Eraser
from proxy.state.keys import ip_key
from tests.support.clusters import a_cluster
from tests.support.gateway import Event, Gateway
from tests.support.processes import wait_until
from tests.support.stores import a_server, plain
from tests.support.upstream import OK, Upstream

ANNE, BERT = "203.0.113.7", "198.51.100.9"
HOME, SAME_HOME = "2001:db8:1:2::7", "2001:db8:1:2::8"
AGENTS = ("Mozilla/5.0 (one)", "Mozilla/5.0 (two)")
LIMITS = " || ".join(f'client.rate("{identity}", "1m") > 4.0' for identity in ("ip", "session", "account"))
CHANGES = {
    "trusted_proxies": ["127.0.0.0/8"],
    # limits that all of them exceed, for whoever is far from every limit is shared twice a minute
    "policy": {"import": [], "rules": [{"name": "limits", "when": LIMITS, "action": "throttle"}]},
    "state": {"hash_rotation": "1h", "retention": "3h"},
}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with Upstream((OK,)) as upstream:
        site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "account": {"cookie": "uid"}}
        with Gateway(tmp_path, upstream.address, {**CHANGES, "sites": [site]}, workers=2) as running:
            yield running


class Visitor:
    """Asks over a new connection each time, so that both workers are met."""

    def __init__(self, gateway: Gateway, address: str, account: str) -> None:
        self._port = gateway.port
        self._fields = {"X-Forwarded-For": address, "Cookie": f"uid={account}", "Host": "shop.test"}
        self.asked = 0

    def ask(self, times: int = 1) -> None:
        for number in range(times):
            line = HTTPConnection("127.0.0.1", self._port, timeout=10)
            line.request(
                "GET", f"/product/{number}", headers={**self._fields, "User-Agent": AGENTS[number % 2]}
            )
            line.getresponse().read()
            line.close()
            self.asked += 1


class Memory:
    """What is left of somebody in a gateway, wherever it may be."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.url = f"unix://{gateway.folder / 'state' / 'store.sock'}"

    @property
    def secret(self) -> bytes:
        return (self.gateway.folder / "state" / "secret.key").read_bytes()

    def keys(self, *subjects: str, url: str = "") -> list[bytes]:
        """Their keys in the store."""
        state = load(str(self.gateway.config_file)).state
        eraser = Eraser(Where.of(self.url), state, self.secret)
        names, visitors = eraser.names_of(subjects, ["shop"], time.time())
        with plain(url or self.url) as store:
            found = store.keys("*")
        return [name for name in found if name in names or name[:-8] in visitors]

    def decisions(self, **query: str) -> list[Event]:
        """The recent events that the workers remember."""
        token = (self.gateway.folder / "state" / "admin.token").read_text().strip()
        answer = requests.get(
            f"http://127.0.0.1:{self.gateway.admin_port}/api/decisions",
            params={"limit": "500", **query},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        return list(answer.json()["decisions"])

    def of_account(self, name: str) -> list[Event]:
        """The recent events of an account."""
        hashed = hashed_account(name.encode(), self.secret)
        return [event for event in self.decisions() if event.get("user", {}).get("hash") == hashed]

    def subject(self, account: str) -> str:
        """What `subject_of` an account's key is."""
        return f"u={hashed_account(account.encode(), self.secret)}"


def forget(gateway: Gateway, *words: str) -> tuple[int, str]:
    """Exit status and words of `stile forget`."""
    access = (
        "--admin", f"127.0.0.1:{gateway.admin_port}",
        "--token-file", str(gateway.folder / "state" / "admin.token"),
    )  # fmt: skip
    command = [sys.executable, "-m", "proxy.cli", "forget", *words, *access]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def counted(gateway: Gateway, address: str) -> int:
    """What the latest event says of an address."""
    events = [event for event in gateway.events() if event["client"]["ip"] == address]
    return int(events[-1]["stile"]["state"]["ip"]["requests"])


def test_an_address_is_forgotten_everywhere_and_for_good(gateway: Gateway, tmp_path: Path) -> None:
    memory = Memory(gateway)
    anne, bert = Visitor(gateway, ANNE, "anne"), Visitor(gateway, BERT, "bert")
    anne.ask(40)
    bert.ask(40)
    assert wait_until(lambda: len(memory.keys(ANNE)) == 3 and len(memory.keys(BERT)) == 3, 60)

    status, said = forget(gateway, ANNE)
    left = memory.keys(ANNE), memory.decisions(ip=ANNE)
    others = len(memory.keys(BERT)), bool(memory.decisions(ip=BERT))
    gateway.stop()  # workers share all that they hold
    store = a_server(gateway.folder / "state")
    after = memory.keys(ANNE, url=store.url), len(memory.keys(BERT, url=store.url))
    store.stop()

    assert (status, said) == (0, f"ip {ANNE} is forgotten: 3 keys erased, 3 processes confirmed\n")
    assert left == ([], [])
    assert others == (3, True)
    assert after == ([], 3)


def test_who_comes_back_begins_from_zero_and_is_shared_again(gateway: Gateway) -> None:
    memory = Memory(gateway)
    anne = Visitor(gateway, ANNE, "anne")
    anne.ask(40)
    assert wait_until(lambda: len(memory.keys(ANNE)) == 3, 60)

    forget(gateway, ANNE)
    anne.ask(1)
    first = counted(gateway, ANNE) if wait_until(lambda: len(gateway.events()) == 41) else 0
    anne.ask(9)
    shared = wait_until(lambda: len(memory.keys(ANNE)) == 3, 60)

    assert (first, shared) == (1, True)
    assert counted(gateway, ANNE) <= 10


def test_an_address_that_never_stops_asking_is_forgotten_all_the_same(gateway: Gateway) -> None:
    visitors = [Visitor(gateway, ANNE, "anne") for _ in range(3)]
    over = threading.Event()

    def keep_asking(visitor: Visitor) -> None:
        while not over.is_set():
            visitor.ask()

    threads = [threading.Thread(target=keep_asking, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: sum(visitor.asked for visitor in visitors) > 2000, 60)
    before = sum(visitor.asked for visitor in visitors)
    status, said = forget(gateway, ANNE)
    time.sleep(1.0)
    over.set()
    for thread in threads:
        thread.join()
    since = sum(visitor.asked for visitor in visitors) - before
    visitors[0].ask(4)
    wait_until(lambda: len(gateway.events()) == before + since + 4)

    assert status == 0, said
    assert counted(gateway, ANNE) <= since + 4


def test_the_network_of_an_ipv6_address_is_one_household(gateway: Gateway) -> None:
    memory = Memory(gateway)
    Visitor(gateway, HOME, "anne").ask(10)
    Visitor(gateway, SAME_HOME, "anne").ask(10)
    assert wait_until(lambda: len(memory.keys(ip_key(HOME))) == 3, 60)

    status, said = forget(gateway, "2001:db8:1:2::9")

    assert (status, "3 keys" in said) == (0, True)
    assert memory.keys(ip_key(HOME)) == []
    assert memory.decisions(ip=HOME) + memory.decisions(ip=SAME_HOME) == []


@pytest.mark.parametrize("by_hash", [False, True], ids=["by its name", "by its hash in events"])
def test_an_account_is_forgotten(gateway: Gateway, by_hash: bool) -> None:
    memory = Memory(gateway)
    Visitor(gateway, ANNE, "anne").ask(20)
    Visitor(gateway, BERT, "bert").ask(20)
    anne, bert = memory.subject("anne"), memory.subject("bert")
    assert wait_until(lambda: bool(memory.keys(anne)) and bool(memory.keys(bert)), 90)

    status, said = forget(gateway, anne.removeprefix("u=") if by_hash else "anne")
    left = memory.keys(anne), memory.of_account("anne")

    assert (status, "1 key erased" in said) == (0, True)
    assert left == ([], [])
    assert (len(memory.keys(bert)), bool(memory.of_account("bert"))) == (1, True)


def test_somebody_unknown_is_forgotten_with_nothing_to_erase(gateway: Gateway) -> None:
    assert forget(gateway, "192.0.2.1") == (
        0,
        "ip 192.0.2.1 is forgotten: 0 keys erased, 3 processes confirmed\n",
    )


def test_a_ban_stays_and_is_mentioned(gateway: Gateway) -> None:
    subprocess.run(
        [sys.executable, "-m", "proxy.cli", "ban", ANNE, "--admin", f"127.0.0.1:{gateway.admin_port}",
         "--token-file", str(gateway.folder / "state" / "admin.token")], check=True, capture_output=True,
    )  # fmt: skip

    assert "stile unban" in forget(gateway, ANNE)[1]


def test_every_node_that_shares_a_cluster_forgets(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("one secret for all nodes of this shop")
    key.chmod(0o600)
    with Upstream((OK,)) as upstream, a_cluster(tmp_path / "cluster") as cluster, ExitStack() as stack:
        site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "account": {"cookie": "uid"}}
        shared = {"sites": [site], "state": {"redis": cluster.url}, "secrets": {"key_file": str(key)}}
        nodes = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            node = Gateway(tmp_path / name, upstream.address, {**CHANGES, **shared}, workers=2)
            nodes.append(stack.enter_context(node))
        for node in nodes:
            Visitor(node, ANNE, "anne").ask(20)

        def keys() -> int:
            return sum(master.do("DBSIZE") for master in cluster.masters().values())

        assert wait_until(lambda: keys() > 8, 30)
        asked = sum(len(Memory(node).decisions(ip=ANNE)) for node in nodes)
        status, said = forget(nodes[0], ANNE)
        left = sum(len(Memory(node).decisions(ip=ANNE)) for node in nodes)
        Visitor(nodes[1], ANNE, "anne").ask()
        wait_until(lambda: len(nodes[1].events()) == 21)

        assert (status, said) == (0, f"ip {ANNE} is forgotten: 3 keys erased, 6 processes confirmed\n")
        assert (asked, left, counted(nodes[1], ANNE)) == (40, 0, 1)


def test_without_the_store_it_is_said_that_the_command_must_be_repeated(gateway: Gateway) -> None:
    memory = Memory(gateway)
    Visitor(gateway, ANNE, "anne").ask(10)
    assert wait_until(lambda: len(memory.decisions(ip=ANNE)) == 10)
    with plain(memory.url) as store:
        store.execute_command("CLIENT", "PAUSE", 8000, "ALL")

    status, said = forget(gateway, ANNE)

    assert (status, "workers of this node" in said, "repeat" in said) == (1, True, True)
    assert memory.decisions(ip=ANNE) == []
