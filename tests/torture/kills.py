"""The real service killed without warning, again and again: the same results, and nothing left.

``python -m tests.torture.kills --kills 30 --seed 1`` drops pictures part by part, starts the real
``media up``, kills one of its processes or all of them at a random moment, starts it again, and so
on; now and then it also cuts or zeroes the newest cache files, as a machine that stops half-way
does. In the end the rows and files must equal those of an undisturbed run over the same parts.
"""

import argparse
import contextlib
import hashlib
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import polars as pl
import psutil
from PIL import Image

from command_line.service.service_lock import is_service_running
from media_assets.media import image_recipes
from media_assets.search.ranking.index_tables import kind_of
from media_assets.search.ranking.search_index import TABLE_SUFFIXES, read_record
from resources.configuration.media_home import MediaHome
from resources.configuration.settings import Settings
from resources.search.index_rows import KEY
from resources.warehouse.query_error import QueryError
from tests.support.main_job import CORPUS, MainJob, files_below, main_job, picture
from tests.support.running_service import READY, free_port, wait_until

MEDIA = Path(sys.executable).with_name("media")
VICTIMS = ("worker", "daemon", "webserver", "code_server", "all")
CACHES = (
    "media.duckdb",
    "live.duckdb",
    "live.json",
    "landing.sqlite",
    "landing.sqlite-wal",
    "search_index/**/*",
)
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
AN_HOUR_S = 4000
PER_RUN = ("fingerprint", "inputs", "seconds", "made_at", "_seq", "_row", "_run_id")
"""Columns that differ from run to run. (A catalogue record's fingerprint names commits.)"""

DONE = {"MATERIALIZED"}

Part = Mapping[str, bytes]


@dataclass
class Service:
    """``media up`` on one home, to be killed and started again."""

    home: MediaHome
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = None
    starts: int = 0
    port: int = field(default_factory=free_port)

    def start(self) -> None:
        """Start it and return when it is ready."""
        self.process = subprocess.Popen(
            [MEDIA, "up"],
            env={**self.environment, "MEDIA_PORT": str(self.port), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.starts += 1
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line)
            if READY in line:
                return
        raise AssertionError("".join(said))

    def members(self) -> list[psutil.Process]:
        """Every living process of it."""
        assert self.process
        with contextlib.suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.process.pid)
            return [main, *main.children(recursive=True)]
        return []

    def victims(self, kind: str) -> list[psutil.Process]:
        """The processes to be killed; none when no run is at work."""
        members = self.members()
        if kind == "all":
            return members
        if kind == "worker":
            return [process for process in members if holds_run_lock(process, self.home)]
        words = {"daemon": "dagster._daemon", "webserver": "guarded_webserver"}
        word = words.get(kind, "--python-file")
        return [process for process in members if word in command_of(process)][:1]

    def kill(self, kind: str) -> bool:
        """Kill without warning; True when the service has to be started again."""
        before = self.members()
        for process in self.victims(kind):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if kind == "worker":
            return False
        assert self.process
        self.process.communicate()
        wait_until(lambda: not [one for one in before if is_running(one)])
        return True

    def stop(self) -> None:
        """End it as Ctrl-C does; whatever is left then is killed."""
        if self.process is None or self.process.poll() is not None:
            return
        members = self.members()
        self.process.terminate()
        try:
            self.process.communicate(timeout=90)
        finally:
            for process in members:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()


def command_of(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return " ".join(process.cmdline())
    return ""


def is_running(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def holds_run_lock(process: psutil.Process, home: MediaHome) -> bool:
    """Whether the process works on a run: it has one of the runs' lock files open."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        folder = str(home.locks / "runs")
        return any(file.path.startswith(folder) for file in process.open_files())
    return False


def parts(folder: Path, count: int, number: int) -> list[Part]:
    """``count`` different files in ``number`` parts: those of ``folder``, then drawn ones."""
    files: dict[str, bytes] = {}
    seen = set()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).digest()
        if digest not in seen and path.suffix not in (".csv", ".json") and len(files) < count:
            seen.add(digest)
            files[path.name] = content
    for seed in range(count - len(files)):
        files[f"drawn{seed}.jpg"] = photograph(seed)
    names = sorted(files)
    random.Random(0).shuffle(names)
    return [{name: files[name] for name in names[place::number]} for place in range(number)]


def photograph(seed: int) -> bytes:
    """A JPEG of 1200 x 900 px like no other."""
    file = io.BytesIO()
    Image.open(io.BytesIO(picture(seed, (1200, 900)))).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def undisturbed(home: Path, dropped: Sequence[Part]) -> dict[str, set[str]]:
    """What the parts become when nobody disturbs."""
    with main_job(home) as job:
        for number, part in enumerate(dropped):
            job.add(f"part{number:02}", part)
        return what_came_of(job)


def what_came_of(job: MainJob) -> dict[str, set[str]]:
    """Rows and files, without what differs from run to run: times, runs, ids of commits."""
    home = job.settings.media_home
    kept = {folder.name: names(folder) for folder in (home.originals, home.derivatives)}
    return {**{asset: payloads(job, asset) for asset in image_recipes()}, **kept}


def payloads(job: MainJob, asset: str) -> set[str]:
    """Every image's newest row of an asset: what came out, and its files."""
    table = f"image/{asset}"
    ids = job.store.scan(table).select("image_id").unique().collect()["image_id"].to_list()
    rows = job.store.current(table, ids).drop(PER_RUN)
    return {repr(sorted(row.items())) for row in rows.to_dicts()}


def names(folder: Path) -> set[str]:
    return {path.name for path in files_below(folder)}


def damage_caches(home: MediaHome, chance: random.Random) -> list[str]:
    """Cut or zero the newest cache files, as a machine that stops half-way leaves them."""
    damaged = []
    for pattern in CACHES:
        found = [path for path in home.root.glob(pattern) if path.is_file()]
        if not found or chance.random() < 0.5:
            continue
        newest = max(found, key=lambda path: path.stat().st_mtime)
        size = newest.stat().st_size
        keep = chance.choice((0, size // 2, max(0, size - 100)))
        with newest.open("r+b") as file:
            file.truncate(keep)
            if chance.random() < 0.5:
                file.truncate(size)
        damaged.append(f"{newest.relative_to(home.root)} {keep}/{size}")
    return damaged


def drop(home: MediaHome, number: int, part: Part) -> None:
    folder = home.landing / f"part{number:02}"
    folder.mkdir()
    for name, content in part.items():
        (folder / name).write_bytes(content)


def disturbed(
    service: Service, dropped: Sequence[Part], victims: Sequence[str], chance: random.Random
) -> None:
    """Drop the parts one after the other, and kill a victim at a random moment of each."""
    service.start()
    for number, (part, victim) in enumerate(zip(dropped, victims, strict=True)):
        drop(service.home, number, part)
        seconds = chance.uniform(0.5, 15)
        time.sleep(seconds)
        hit = len(service.victims(victim))
        has_ended = service.kill(victim)
        damaged = damage_caches(service.home, chance) if victim == "all" else []
        say(f"{number}: {victim} ({hit} processes) after {seconds:.1f} s {damaged or ''}")
        if has_ended:
            service.start()


def wait_for_the_end(home: Path, seconds: float) -> None:
    """Return when everything that was dropped is done and no run is under way."""
    with main_job(home) as job:
        wait_until(lambda: is_at_rest(job), seconds)


def is_at_rest(job: MainJob) -> bool:
    if any(path.is_file() for path in job.settings.media_home.landing.rglob("*")):
        return False
    if job.instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)):
        return False
    open_gaps = "select count(*) from gaps where can_change and gap != 'stale'"
    try:
        return bool(job.sql(open_gaps) == [(0,)])
    except QueryError:  # damaged, and not yet published again
        return False


def faults(home: Path, expected: Mapping[str, set[str]]) -> list[str]:
    """What differs from the undisturbed run, and what lies about."""
    wrong = []
    with main_job(home) as job:
        job.work()
        found = what_came_of(job)
        for name, rows in expected.items():
            if found[name] != rows:
                wrong.append(f"{name}: {found[name] ^ rows}")
        shown = {asset: set(job.statuses(asset).values()) for asset in image_recipes()}
        wrong += [f"{name}: {found} in Dagster" for name, found in shown.items() if found != DONE]
        if stuck := job.instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)):
            wrong.append(f"runs under way: {[run.run_id for run in stuck]}")
        if job.work().runs:
            wrong.append("there was still something to do")
        wrong += lying_about(job) + doubled_in_search(job.settings.media_home)
    return wrong


def lying_about(job: MainJob) -> list[str]:
    """Files that should be gone after the hourly upkeep, which is done here an hour later."""
    home = job.settings.home
    for path in partials(home):
        os.utime(path, (time.time() - AN_HOUR_S,) * 2)
    job.carry_out([dg.RunRequest(job_name="compact_rows")])
    landing = job.settings.media_home.landing
    left = [*partials(home), *home.glob(".*.duckdb.*")]
    left += [path for path in landing.rglob("*") if path.is_file()]
    return [f"left behind: {path.relative_to(home)}" for path in left] + orphans(job)


def doubled_in_search(home: MediaHome) -> list[str]:
    """Images with more than one row in a table of the search index, and stray tables."""
    record = read_record(home)
    wrong = []
    for name, table in record.tables.items():
        found = kind_of(name)(home.search_index, table.lance_table).versions().select(KEY)
        doubled = found.filter(found.is_duplicated())["source_id"]
        wrong += [f"search: {name} has {one} twice" for one in doubled]
    kept = {table.lance_table for table in record.tables.values()}
    there = {path.stem for path in home.search_index.iterdir() if path.suffix in TABLE_SUFFIXES}
    return wrong + [f"search: {name} is left behind" for name in there ^ kept]


def orphans(job: MainJob) -> list[str]:
    """Kept derivatives that no row, old or new, tells of."""
    known: set[str] = set()
    for asset in image_recipes():
        rows = job.store.scan(f"image/{asset}").select(pl.col("files").explode()).collect()
        known |= {file["sha256"] for file in rows["files"].drop_nulls().to_list()}
    stored = names(job.settings.media_home.derivatives)
    return [f"orphan: {name}" for name in stored if name.partition(".")[0] not in known]


def partials(home: Path) -> list[Path]:
    return [path for path in home.rglob(".*") if path.suffix == ".partial"]


def say(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def service_on(home: Path, **settings: object) -> Iterator[Service]:
    """A service that is not running yet; it is ended in the end, whatever happens."""
    chosen = {f"MEDIA_{name.upper()}": str(value) for name, value in settings.items()}
    environment = {**os.environ, "MEDIA_HOME": str(home), **chosen}
    media_home = Settings(home=home).media_home
    media_home.create()
    service = Service(media_home, environment)
    try:
        yield service
    finally:
        service.stop()
        for process in service.members() if service.process else []:
            process.kill()


def torture(base: Path, dropped: Sequence[Part], victims: Sequence[str], seed: int) -> list[str]:
    """What is wrong after all the kills; an empty list is what everybody hopes for."""
    chance = random.Random(seed)
    say("the undisturbed run ...")
    expected = undisturbed(base / "calm", dropped)
    with service_on(base / "home", settle_seconds=0.5, workers=2, batch_size=20) as service:
        disturbed(service, dropped, victims, chance)
        say(f"{len(victims)} kills, {service.starts} starts; waiting for the end ...")
        wait_for_the_end(base / "home", seconds=45 * 60)
        service.stop()
        assert not is_service_running(service.home)
    return faults(base / "home", expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--files", type=int, default=250)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", type=Path, default=CORPUS)
    chosen = parser.parse_args()
    say(f"seed {chosen.seed}")
    chance = random.Random(chosen.seed)
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(chosen.kills)]
    chance.shuffle(victims)
    with tempfile.TemporaryDirectory(prefix="media-") as base:
        dropped = parts(chosen.folder, chosen.files, chosen.kills)
        wrong = torture(Path(base), dropped, victims, chosen.seed)
    for line in wrong:
        say(f"WRONG {line[:2000]}")
    say("nothing is wrong" if not wrong else f"{len(wrong)} faults")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
