"""A person at a desk: a screen, a window, a browser, and hands on a mouse and a keyboard. No remote control.

The screen is Xvfb, the browser Chromium or Firefox as visitors start it, every input an X11 event by xdotool.
What happened is seen on the storefront's side, never by asking the browser.
"""

import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.processes import Program, wait_until

WIDTH, HEIGHT = 1280, 900
PROGRAMS = ("Xvfb", "openbox", "xdotool", "chromium")
FIREFOX_PROGRAMS = ("Xvfb", "openbox", "xdotool", "firefox-esr")
# Chromium's own calls home would only fail where there is no way out; none of these flags changes a request.
FLAGS = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
    "--password-store=basic",
    "--window-position=0,0",
    f"--window-size={WIDTH},{HEIGHT}",
)
# The same for Firefox: no welcome page, no questions, no calls home.
PREFERENCES: Mapping[str, bool | int | str] = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.aboutwelcome.enabled": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:1",
    "toolkit.telemetry.enabled": False,
}


@dataclass(frozen=True)
class Browser:
    """A browser as a visitor starts it. `start` gives the command for a fresh profile folder and addresses.

    `window` is its X11 class.
    """

    window: str
    start: Callable[[Path, Sequence[str]], list[str]]


def chromium(*flags: str, settings: Mapping[str, object] | None = None) -> Browser:
    """Chromium with more flags, and with settings as its profile keeps them."""

    def start(profile: Path, addresses: Sequence[str]) -> list[str]:
        folder = profile / "Default"
        folder.mkdir(parents=True)
        (folder / "Preferences").write_text(json.dumps(settings or {}), "utf-8")
        command = ["chromium", *FLAGS, *flags, f"--user-data-dir={profile}", *addresses]
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses to run as root with one
        return command

    return Browser("chromium", start)


def firefox(**preferences: bool | int | str) -> Browser:
    """Firefox with more preferences; their dots are written as double underscores."""

    def start(profile: Path, addresses: Sequence[str]) -> list[str]:
        profile.mkdir(parents=True)
        wanted = {**PREFERENCES, **{name.replace("__", "."): choice for name, choice in preferences.items()}}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(choice)});" for name, choice in wanted.items()]
        (profile / "user.js").write_text("\n".join(lines), "utf-8")
        size = [f"--width={WIDTH}", f"--height={HEIGHT}"]
        return ["firefox-esr", "--no-remote", "--profile", str(profile), *size, *addresses]

    return Browser("firefox", start)


class Screen:
    """An X server on a display of its own, with a window manager, for there is no focus without one."""

    def __init__(self, folder: Path) -> None:
        self._reading, writing = os.pipe()
        size = f"{WIDTH}x{HEIGHT}x24"
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"],
            pass_fds=(writing,),
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        ready, _, _ = select.select([self._reading], [], [], 10)
        number = os.read(self._reading, 16).strip() if ready else b""
        if not number:
            self._server.kill()
            raise RuntimeError("Xvfb gave no display")
        self.environment = {"DISPLAY": f":{int(number)}"}
        self._manager = Program(["openbox"], folder / "openbox.out", self.environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._manager.stop(3)
        self._server.terminate()
        self._server.wait(5)
        os.close(self._reading)


class Person:
    """Somebody who has the browser open on some addresses, one tab each."""

    def __init__(self, screen: Screen, folder: Path, *urls: str, browser: Browser | None = None) -> None:
        browser = browser or chromium()
        self._window = browser.window
        self._environment = screen.environment
        home = {"HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
        self.program = Program(
            browser.start(Path(tempfile.mkdtemp(dir=folder)) / "profile", urls),
            folder / "browser.out",
            {**screen.environment, **home},
        )
        if not wait_until(self._window_is_there, 30, pause=0.2):
            self.program.stop(5)
            raise RuntimeError(f"no window:\n{self.program.said}")

    def click(self, x: int, y: int) -> None:
        """Move there as a hand does, in steps, and press the left button."""
        for step in range(1, 9):
            self._input("mousemove", str(x * step // 8), str(y * step // 8))
            time.sleep(0.02)
        self._input("click", "1")

    def press(self, *keys: str) -> None:
        """Press keys or chords, such as Tab or ctrl+l, one after another."""
        for key in keys:
            self._input("key", "--clearmodifiers", key)
            time.sleep(0.15)

    def write(self, text: str) -> None:
        """Type a text at the speed of a quick typist."""
        self._input("type", "--delay", "25", text)

    def visit(self, url: str) -> None:
        """Type an address into the address bar."""
        self.press("ctrl+l")
        self.write(url)
        self.press("Return")

    def find_and_use(self, words: str) -> None:
        """Find words on the page, which moves the focus there, and press Enter on what holds them."""
        self.press("ctrl+f")
        self.write(words)
        time.sleep(0.5)
        self.press("Escape", "Return")

    def _window_is_there(self) -> bool:
        return bool(self._input("search", "--onlyvisible", "--class", self._window).strip())

    def _input(self, *command: Sequence[str] | str) -> bytes:
        done = subprocess.run(
            ["xdotool", *map(str, command)],
            env={**os.environ, **self._environment},
            capture_output=True,
            timeout=20,
            check=False,
        )
        return done.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.program.stop(5)
