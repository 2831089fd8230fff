"""The pages with many pictures: a real headless Chromium in front of the real guarded web server.

``python -m benchmarks.pages [PICTURES ...]``; 100 000 and 1 000 000 without an argument. A few
photographs go through the whole program, then their rows are repeated (``many_pictures``). Each
figure has a bar in milliseconds of wall clock; on a machine that is busy with other things, where
that tells little, the bar holds for the CPU time of the server per request.
"""

import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from benchmarks.end_to_end import media_add
from benchmarks.many_pictures import repeat_pictures, sample_ids
from benchmarks.photographs import make_photographs
from media_assets.search.ranking.vector_store import refresh_index
from resources.configuration.media_home import MediaHome

PHOTOGRAPHS = 13
"""One of them is only there because ``media add`` wants a path."""

SEARCHED = 100_000
"""Search is measured up to this many pictures."""

ROWS = 10_000
"""Of pictures, to scroll through."""

PATIENCE_SECONDS = 120
SCROLLING_SECONDS = 1200
BROWSER_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
SCROLL = """
const [wanted, done] = arguments;
performance.setResourceTimingBufferSize(1000000);
let rows = 0;
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) {
    rows += node.querySelectorAll?.(".row").length ?? 0;
  }
}).observe(document.getElementById("grid"), { childList: true });
const step = () => {
  scrollTo(0, document.documentElement.scrollHeight);
  const is_end = grid.lastElementChild.dataset.stop === grid.lastElementChild.dataset.total;
  if (rows < wanted && !is_end) return setTimeout(step, 30);
  const times = performance.getEntriesByType("resource")
    .filter((one) => one.name.includes("/gallery/blocks"))
    .map((one) => one.responseEnd - one.startTime);
  done(JSON.stringify({ rows, times, nodes: document.getElementsByTagName("*").length }));
};
step();
"""
PAINT = "return performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True)
class Figure:
    """Milliseconds of single requests, the server's CPU-milliseconds per request, and the bar."""

    name: str
    wall_ms: Sequence[float]
    cpu_ms: float
    bar_ms: float
    judged: str = "median"

    @property
    def wall(self) -> float:
        """What the bar holds for."""
        return max(self.wall_ms) if self.judged == "slowest" else statistics.median(self.wall_ms)

    def is_met(self, *, is_busy: bool) -> bool:
        """Whether it is within the bar: by wall clock, or by CPU time on a busy machine."""
        return min(self.wall, self.cpu_ms if is_busy else self.wall) <= self.bar_ms

    def line(self, *, is_busy: bool) -> str:
        """The figure as it is printed."""
        verdict = "met" if self.is_met(is_busy=is_busy) else "MISSED"
        return (
            f"  {self.name:<34} {self.judged} {self.wall:6.0f} ms "
            f"(median {statistics.median(self.wall_ms):.0f}), server {self.cpu_ms:5.0f} CPU-ms   "
            f"(bar: {self.bar_ms:.0f} ms, {verdict})"
        )


@dataclass(frozen=True)
class Server:
    """A running web server."""

    port: int
    process: psutil.Process

    @property
    def cpu_ms(self) -> float:
        """User and system time so far."""
        times = self.process.cpu_times()
        return 1000 * (times.user + times.system)

    def ask(self, path: str) -> float:
        """Milliseconds until the whole answer is here. Raises RuntimeError when it is no 200."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path} was answered {answer.status}")
        return 1000 * (time.perf_counter() - started)

    def figure(self, name: str, paths: Sequence[str], bar_ms: float) -> Figure:
        """Ask for each of the paths."""
        before = self.cpu_ms
        times = [self.ask(path) for path in paths]
        return Figure(name, times, (self.cpu_ms - before) / len(paths), bar_ms)


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def serving(home: MediaHome) -> Iterator[Server]:
    """The guarded web server over this home, as the service starts it, without a code server."""
    port = free_port()
    (home.root / "dagster").mkdir(exist_ok=True)
    workspace = home.root / "workspace.yaml"
    workspace.write_text("load_from: []\n")
    command = [
        sys.executable,
        "-m",
        "web.guarded_webserver",
        "127.0.0.1",
        str(port),
        str(workspace),
    ]
    environment = {
        **os.environ,
        "MEDIA_HOME": str(home.root),
        "DAGSTER_HOME": str(home.root / "dagster"),
    }
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - our own command
        try:
            server = Server(port, psutil.Process(process.pid))
            wait_until_quiet(server)
            yield server
        finally:
            process.terminate()


def wait_until_quiet(server: Server) -> None:
    """Return when it answers and has prepared its tables: when it does nothing by itself."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            server.ask("/gallery")
        except OSError:
            if time.monotonic() > deadline or not server.process.is_running():
                raise
            time.sleep(0.5)
        else:
            break
    before = -1.0
    while server.cpu_ms - before > 100 and time.monotonic() < deadline:
        before = server.cpu_ms
        time.sleep(2)


@contextmanager
def browsing(profile: Path) -> Iterator[Chrome]:
    """A browser without a window. Raises RuntimeError when there is none."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or binary is None:
        raise RuntimeError("Chromium is missing: apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = binary
    for flag in (*BROWSER_FLAGS, f"--user-data-dir={profile}", "--window-size=1280,900"):
        options.add_argument(flag)
    browser = Chrome(options=options, service=ChromeService(driver))
    try:
        browser.set_script_timeout(SCROLLING_SECONDS)
        yield browser
    finally:
        browser.quit()


def first_paint(browser: Chrome, server: Server) -> Figure:
    """From the request to the first picture of the page, in a browser that was there before."""
    url = f"http://localhost:{server.port}/gallery"
    browser.get(url)
    before, times = server.cpu_ms, []
    for _ in range(5):
        browser.get(url)
        time.sleep(1)
        times.append(float(browser.execute_script(PAINT)))
    return Figure("first paint of the grid", times, (server.cpu_ms - before) / 5, 1000)


def scrolling(browser: Chrome, server: Server, rows: int) -> Figure:
    """Down through so many rows as fast as they come, each request of the page."""
    browser.get(f"http://localhost:{server.port}/gallery")
    before = server.cpu_ms
    found = json.loads(browser.execute_async_script(SCROLL, rows))
    times = found["times"]
    name = f"{found['rows']:,} rows, {found['nodes']:,} nodes"
    return Figure(name, times, (server.cpu_ms - before) / len(times), 200, "slowest")


def measure(pictures: int, base: Path, scratch: Path, rows: int) -> Iterator[Figure]:
    """All figures for so many pictures, each as soon as it is known."""
    home = MediaHome(scratch / f"home-{pictures}")
    shutil.copytree(base, home.root, symlinks=True)
    repeat_pictures(home, pictures)
    ids = sample_ids(home.warehouse, 20)
    with serving(home) as server, browsing(scratch / f"profile-{pictures}") as browser:
        yield first_paint(browser, server)
        yield server.figure("filters", ["/gallery/facets"] * 5, 300)
        yield server.figure("filters of one year", ["/gallery/facets?year=2019"], 300)
        yield server.figure("a page far away", [f"/gallery?at={one}" for one in ids], 200)
        yield server.figure("one picture", [f"/gallery/pictures/{one}" for one in ids], 200)
        if pictures <= SEARCHED:
            refresh_index(home)
            questions = [f"/gallery/search?q=word{17 * n}+word{31 * n}" for n in range(1, 21)]
            server.ask(questions[0])
            yield server.figure("search", questions, 300)
        yield scrolling(browser, server, rows)
    shutil.rmtree(home.root)


def main(sizes: Sequence[int] = (SEARCHED, 1_000_000), rows: int = ROWS) -> bool:
    """Print all figures; returns whether every bar is met."""
    cores = os.cpu_count() or 1
    is_busy = os.getloadavg()[0] > cores
    is_met = True
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        make_photographs(scratch / "photographs", PHOTOGRAPHS)
        media_add(scratch / "photographs", scratch / "home", cores)
        for pictures in sizes:
            note = "; the machine is busy, so bars hold for CPU time" if is_busy else ""
            print(f"pages, {pictures:,} pictures{note}", flush=True)
            for figure in measure(pictures, scratch / "home", scratch, rows):
                print(figure.line(is_busy=is_busy), flush=True)
                is_met = is_met and figure.is_met(is_busy=is_busy)
    return is_met


if __name__ == "__main__":
    sys.exit(0 if main([int(one) for one in sys.argv[1:]] or (SEARCHED, 1_000_000)) else 1)
