"""Writes down how HTTP libraries open TLS: `python -m tests.support.record_hellos [PYTHON] > hellos.jsonl`.

Each line is one program on this machine: its name, its version, and the hello it sends, in hexadecimal
digits. `analysis.tls_tables` makes the shipped table of them. PYTHON is an interpreter that has requests,
httpx, aiohttp and scrapy; whatever is missing is left out.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

URLLIB = """import ssl,sys,urllib.request
urllib.request.urlopen(sys.argv[1], context=ssl._create_unverified_context())"""
REQUESTS = "import requests,sys;requests.get(sys.argv[1],verify=False)"
HTTPX = "import httpx,sys;httpx.get(sys.argv[1],verify=False)"
HTTPX_2 = "import httpx,sys;httpx.Client(verify=False,http2=True).get(sys.argv[1])"
AIOHTTP = """import aiohttp,asyncio,sys
async def ask():
    async with aiohttp.ClientSession() as session:
        await session.get(sys.argv[1], ssl=False)
asyncio.run(ask())"""
SCRAPY = """import scrapy,sys
from scrapy.crawler import CrawlerProcess
class Spider(scrapy.Spider):
    name = "spider"
    start_urls = [sys.argv[1]]
    custom_settings = {"RETRY_ENABLED": False, "LOG_ENABLED": False, "ROBOTSTXT_OBEY": False}
process = CrawlerProcess()
process.crawl(Spider)
process.start()"""
NODE = "fetch(process.argv[1]).catch(() => 0)"
NODE_HTTPS = "require('https').get(process.argv[1]).on('error', () => 0)"
GO = 'package main\nimport ("net/http"; "os")\nfunc main() { http.Get(os.Args[1]) }\n'
MODULE = "import importlib.metadata as m,sys;print(m.version(sys.argv[1]))"
OPENSSL = "import ssl,sys;print(sys.version.split()[0],'with',ssl.OPENSSL_VERSION)"


def hello_of(command: list[str]) -> str:
    """The first record that `command` sends to what URL or PORT stands for in it; empty for none."""
    kept = b""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        port = str(listener.getsockname()[1])

        def listen() -> None:
            nonlocal kept
            sock = listener.accept()[0]
            with sock:
                sock.settimeout(5)
                while len(kept) < 5 or len(kept) < 5 + int.from_bytes(kept[3:5], "big"):
                    data = sock.recv(65536)
                    if not data:
                        return
                    kept += data

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        words = [word.replace("URL", f"https://localhost:{port}/").replace("PORT", port) for word in command]
        subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
        thread.join(5)
    return kept.hex()


def said(*command: str) -> str:
    """The first line that a command prints; empty where it fails."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.partition("\n")[0].strip()


def programs(python: str) -> list[tuple[str, str, list[str]]]:
    """(name, version, command) of all that may be here."""
    found = [
        ("curl", said("curl", "--version"), ["curl", "-sk", "URL"]),
        ("curl, TLS 1.2", said("curl", "--version"), ["curl", "-sk", "--tls-max", "1.2", "URL"]),
        (
            "openssl s_client",
            said("openssl", "version"),
            ["openssl", "s_client", "-connect", "localhost:PORT"],
        ),
        ("wget", said("wget", "--version"), ["wget", "-q", "--no-check-certificate", "-O-", "URL"]),
        ("Node fetch", said("node", "--version"), ["node", "-e", NODE, "URL"]),
        ("Node https", said("node", "--version"), ["node", "-e", NODE_HTTPS, "URL"]),
        ("Python urllib", said(python, "-c", OPENSSL), [python, "-c", URLLIB, "URL"]),
    ]
    modules = {"requests": REQUESTS, "httpx": HTTPX, "aiohttp": AIOHTTP, "scrapy": SCRAPY}
    for name, text in modules.items():
        found.append((name, said(python, "-c", MODULE, name), [python, "-c", text, "URL"]))
    found.append(("httpx, HTTP/2", said(python, "-c", MODULE, "h2"), [python, "-c", HTTPX_2, "URL"]))
    return [each for each in found if each[1] and shutil.which(each[2][0])]


def main() -> None:
    """Record everything, one line each."""
    everything = programs(sys.argv[1] if len(sys.argv) > 1 else sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("go"):
            source = Path(folder) / "ask.go"
            source.write_text(GO)
            subprocess.run(["go", "build", "-o", f"{folder}/ask", str(source)], check=True)
            everything.append(("Go net/http", said("go", "version"), [f"{folder}/ask", "URL"]))
        for name, version, command in everything:
            hello = hello_of(command)
            if hello:
                sys.stdout.write(json.dumps({"name": name, "version": version, "hello": hello}) + "\n")


if __name__ == "__main__":
    main()
