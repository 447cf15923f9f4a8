"""The probes in real browsers: people's are never refused, browsers under remote control always.

A person's browser is started on the address and left alone; nothing drives it.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.lab.families import FAMILIES, NODE_MODULES, interpreter, missing
from challenges.rendering import is_rendered
from detectors.evidence import total_log_odds
from detectors.inspection import Inspector
from detectors.probes.testimony import read_testimony
from tests.challenges.probe_page import SILENT, ProbePage, Told, probe_page, seed_of
from tests.support.person import PROGRAMS, Person, Screen
from tests.support.processes import Program, wait_until
from tests.support.programs import needs

REFUSED = 3.0  # log-odds; `browser_limit` of the settings
PATIENCE_S = 40.0
TOOLS = ("playwright", "selenium", "puppeteer")
CHROMIUM_PROFILES, FIREFOX_PROFILES = 4, 2  # `python -m bench.bots` starts fifty and twenty
# Zoom, writing direction, and a reader who wants large letters: boxes in pixels lie where they lay.
ZOOMS = ("0.5", "0.67", "1.1", "1.25", "2.5")

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def page() -> Iterator[ProbePage]:
    with probe_page() as house:
        yield house


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    with Screen(tmp_path_factory.mktemp("screen")) as found:
        yield found


def refusal_of(told: Told) -> float:
    """The sum that the `browser` rung compares with its limit."""
    testimony = read_testimony(told.document)
    assert testimony is not None
    return total_log_odds(0.0, Inspector({}).probes(testimony, told.request))


def a_firefox(screen: Screen, folder: Path, url: str, preferences: str = "") -> Program:
    profile = folder / "firefox"
    profile.mkdir(parents=True)
    calm = 'user_pref("datareporting.policy.dataSubmissionEnabled", false);\n'
    (profile / "user.js").write_text(calm + preferences)
    command = ["firefox-esr", "--no-remote", "--profile", str(profile), url]
    return Program(command, folder / "firefox.out", {**screen.environment, "MOZ_CRASHREPORTER_DISABLE": "1"})


def a_tool(
    screen: Screen, folder: Path, page: ProbePage, tool: str, who: str, mode: str, disguise: str
) -> Program:
    path = page.address(who).partition(str(page.port))[2]
    return Program(
        [
            str(interpreter()),
            "-m",
            "tests.challenges.remote_control",
            tool,
            str(page.port),
            path,
            mode,
            disguise,
        ],
        folder / f"{who}.out",
        {**screen.environment, "LAB_NODE_MODULES": str(NODE_MODULES)},
    )


def keep(told: Told, name: str) -> None:
    """Write the testimony as a vector where STILE_TESTIMONIES names a folder."""
    folder = os.environ.get("STILE_TESTIMONIES")
    if folder:
        headers = [[name.decode(), text.decode()] for name, text in told.request.headers]
        document = {"seed": told.seed, "headers": headers, "testimony": told.document}
        (Path(folder) / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


@needs(*PROGRAMS)
def test_nobody_in_a_plain_chromium_is_refused(page, screen, tmp_path):
    for number in range(CHROMIUM_PROFILES):
        (tmp_path / str(number)).mkdir()
        with Person(screen, tmp_path / str(number), page.address("chromium")):
            assert wait_until(lambda at=number: len(page.of("chromium")) > at, PATIENCE_S)

    told = page.of("chromium")
    keep(told[0], "chromium-headed")
    print("chromium took", sorted(each.took for each in told))
    assert [refusal_of(each) for each in told] == [0.0] * CHROMIUM_PROFILES
    assert all(is_rendered(each.seed, read_testimony(each.document).rendered) for each in told)
    assert all(each.calls == 1 for each in told)


@needs(*PROGRAMS, "firefox-esr")
def test_nobody_in_a_plain_firefox_is_refused(page, screen, tmp_path):
    for number in range(FIREFOX_PROFILES):
        with a_firefox(screen, tmp_path / str(number), page.address("firefox")):
            assert wait_until(lambda at=number: len(page.of("firefox")) > at, PATIENCE_S)

    told = page.of("firefox")
    keep(told[0], "firefox-headed")
    print("firefox took", sorted(each.took for each in told))
    assert [refusal_of(each) for each in told] == [0.0] * FIREFOX_PROFILES
    assert all(is_rendered(each.seed, read_testimony(each.document).rendered) for each in told)


@needs(*PROGRAMS, "firefox-esr")
def test_a_firefox_that_resists_fingerprinting_is_not_refused(page, screen, tmp_path):
    resisting = 'user_pref("privacy.resistFingerprinting", true);\nuser_pref("webgl.disabled", true);\n'
    with a_firefox(screen, tmp_path, page.address("resisting"), resisting):
        assert wait_until(lambda: page.of("resisting"), PATIENCE_S)

    told = page.of("resisting")[0]
    keep(told, "firefox-resisting")
    assert (refusal_of(told), is_rendered(told.seed, read_testimony(told.document).rendered)) == (0.0, True)


@needs(*PROGRAMS)
@pytest.mark.parametrize("zoom", ZOOMS)
def test_boxes_lie_where_they_lie_at_any_zoom(page, screen, tmp_path, zoom, monkeypatch):
    monkeypatch.setattr(
        "tests.support.person.FLAGS", ("--no-first-run", f"--force-device-scale-factor={zoom}")
    )
    who = f"zoom-{zoom}"

    with Person(screen, tmp_path, page.address(who, "rtl")):
        assert wait_until(lambda: page.of(who), PATIENCE_S)

    told = page.of(who)[0]
    assert is_rendered(told.seed, read_testimony(told.document).rendered)


@needs(*PROGRAMS, "firefox-esr")
def test_boxes_lie_where_they_lie_with_large_letters(page, screen, tmp_path):
    large = 'user_pref("layout.css.devPixelsPerPx", "1.33");\nuser_pref("font.minimum-size.x-western", 24);\n'

    with a_firefox(screen, tmp_path, page.address("large", "rtl"), large):
        assert wait_until(lambda: page.of("large"), PATIENCE_S)

    told = page.of("large")[0]
    assert is_rendered(told.seed, read_testimony(told.document).rendered)


@needs("Xvfb", "openbox", "chromium")
@pytest.mark.parametrize("mode", ["headless", "headed"])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_browser_under_remote_control_is_refused(page, screen, tmp_path, tool, mode):
    lacking = missing(FAMILIES[tool], interpreter())
    if lacking:
        pytest.skip(lacking)
    who = f"{tool}-{mode}"

    with a_tool(screen, tmp_path, page, tool, who, mode, "no") as program:
        assert wait_until(lambda: page.of(who), PATIENCE_S), program.said

    told = page.of(who)[0]
    keep(told, who)
    assert refusal_of(told) >= REFUSED


@needs(*PROGRAMS)
def test_a_browser_that_lacks_much_still_tells_and_is_not_refused(page, screen, tmp_path):
    with Person(screen, tmp_path, page.address("poor", poor="1")):
        assert wait_until(lambda: page.of("poor"), PATIENCE_S)

    told = page.of("poor")[0]
    assert (refusal_of(told), told.calls, "wk" in told.document, "tz" in told.document) == (
        0.0,
        1,
        False,
        False,
    )
    assert is_rendered(told.seed, read_testimony(told.document).rendered)


@needs(*PROGRAMS)
def test_a_worker_that_never_answers_keeps_nobody_waiting(page, screen, tmp_path):
    with Person(screen, tmp_path, page.address("silent", worker=SILENT)):
        assert wait_until(lambda: page.of("silent"), PATIENCE_S)

    told = page.of("silent")[0]
    assert (told.calls, "wk" in told.document, refusal_of(told)) == (1, False, 0.0)
    assert told.took < 2000  # 900 ms of patience, on a machine that does other things too


@needs(*PROGRAMS)
def test_another_s_testimony_is_no_drawing(page, screen, tmp_path):
    """What one browser told for one ticket is worth nothing for the next."""
    with Person(screen, tmp_path, page.address("copied")):
        assert wait_until(lambda: page.of("copied"), PATIENCE_S)

    rendered = read_testimony(page.of("copied")[0].document).rendered
    assert not any(is_rendered(seed_of(number), rendered) for number in range(1000, 2000))
