"""Access logs for tests: small invented sites, their people and their crawlers, written as combined lines."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
START = 1_767_225_600  # 2026-01-01
LINE = (
    '203.0.113.7 - - [01/Jan/2026:00:00:05 +0000] "GET /shoes HTTP/1.1" 200 512 '
    '"https://shop.example.com/" "Mozilla/5.0"'
)


def a_line(
    at_s: int, address: str, path: str, referrer: str = "-", agent: str = BROWSER, status: int = 200
) -> tuple[int, str]:
    """One line of a log and its time, so that lines can be sorted."""
    stamp = datetime.fromtimestamp(START + at_s, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return at_s, f'{address} - - [{stamp}] "GET {path} HTTP/1.1" {status} 512 "{referrer}" "{agent}"'


def a_person(chance: Random, number: int) -> list[tuple[int, str]]:
    """Pages with pauses; styles, a script and images with each; referrers throughout."""
    address, now = f"198.51.100.{number}", chance.randrange(80_000)
    lines = []
    for page in range(chance.randrange(3, 9)):
        referrer = "https://shop.example.com/" if page else "https://search.example/"
        lines.append(a_line(now, address, f"/shoes/{chance.randrange(400)}", referrer))
        inner = ("/a.css", "/b.js", f"/img/{chance.randrange(99)}.png")
        lines.extend(a_line(now + 1, address, path, "https://shop.example.com/shoes") for path in inner)
        now += chance.randrange(4, 90)
    return lines


def a_crawler(chance: Random, number: int) -> list[tuple[int, str]]:
    """Pages alone, deep ones, at an even pace."""
    address, now = f"192.0.2.{number}", chance.randrange(80_000)
    lines = []
    for _ in range(chance.randrange(3, 40)):
        lines.append(a_line(now, address, f"/shoes/red/{chance.randrange(400)}", agent=CRAWLER))
        now += 7
    return lines


def a_log(seed: int, people: int = 60, crawlers: int = 60) -> str:
    """A day of one site, sorted by time."""
    chance = Random(seed)
    lines = [line for number in range(people) for line in a_person(chance, number)]
    lines += [line for number in range(crawlers) for line in a_crawler(chance, number)]
    return "\n".join(line for _, line in sorted(lines)) + "\n"


def written(folder: Path, text: str | Iterable[str], name: str = "access.log") -> Path:
    """The text as a file in `folder`."""
    path = folder / name
    path.write_text(text if isinstance(text, str) else "\n".join(text) + "\n", encoding="latin-1")
    return path
