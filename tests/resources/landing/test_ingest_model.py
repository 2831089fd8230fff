"""Ingest against a model: files come, change and go, and looks die at any step on the disk.

Looks run in a process of their own that is killed (SIGKILL) at a step that hypothesis chooses. The
model knows which bytes were dropped: none may be lost, none may count twice.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.source_rows import ORIGINAL, SIGHTING, stored_rows
from tests.support.child_processes import end

ROOT = Path(__file__).parents[3]
NAMES = ("a.jpg", "b.jpg", "job/c.jpg", "job/deep/d.png", "caf\udce9.tif", "-rf *.jpg")
CONTENTS = (b"one", b"two", b"three", b"")
NEVER = 0

LOOKS = """
import json, os, signal, sys, time
from pathlib import Path
from resources.landing.ingest import look_at_landing
from resources.configuration.settings import LandingRoot, Settings

STEPS = {"os.rename", "os.remove", "os.mkdir", "sqlite3.connect"}
SETTLE_SECONDS = 0.01

def die_at(step):
    steps = 0
    def count(event, args):
        nonlocal steps
        if event in STEPS:
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)

def look_twice(base, step):
    root = LandingRoot(name="in", path=base / "in")
    settings = Settings(home=base / "home", landing_roots=(root,), settle_seconds=SETTLE_SECONDS)
    if step:
        die_at(step)
    look_at_landing(settings)
    time.sleep(SETTLE_SECONDS)
    look_at_landing(settings)

for line in sys.stdin:
    base, step = json.loads(line)
    child = os.fork()
    if child == 0:
        look_twice(Path(base), step)
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Looker:
    """Forks a process per look; it has the libraries loaded and never uses them itself."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-c", LOOKS],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def look(self, base: Path, step: int) -> bool:
        """Look twice; whether it lived to the end."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([str(base), step]) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        assert status in (0, 9), f"a look ended with {status}"
        return status == 0


class IngestMachine(RuleBasedStateMachine):
    """One landing root in move mode."""

    looker: Looker

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.base = Path(self.folder.name)
        self.landing = self.base / "in"
        self.landing.mkdir()
        self.dropped: Counter[tuple[str, bytes]] = Counter()

    def teardown(self) -> None:
        try:
            self.end_in_peace()
        finally:
            self.folder.cleanup()

    @rule(name=st.sampled_from(NAMES), content=st.sampled_from(CONTENTS))
    def drop(self, name: str, content: bytes) -> None:
        """A file comes; the one that lay there, if any, was not taken and is replaced by it."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(".coming")
        partial.write_bytes(content)
        partial.replace(path)
        self.dropped[name, content] += 1

    @rule(step=st.integers(1, 40))
    def look_and_die(self, step: int) -> None:
        self.looker.look(self.base, step)
        self.check()

    @rule()
    def look(self) -> None:
        assert self.looker.look(self.base, NEVER)
        self.check()

    @rule(share=st.floats(0, 1))
    def the_ledger_is_cut_off(self, share: float) -> None:
        """A cache, made again from the rows."""
        ledger = self.base / "home" / "landing.sqlite"
        if ledger.exists():
            os.truncate(ledger, int(ledger.stat().st_size * share))
            for suffix in ("-wal", "-shm"):
                Path(f"{ledger}{suffix}").unlink(missing_ok=True)

    def end_in_peace(self) -> None:
        """Undisturbed looks finish everything, whatever came before."""
        for _ in range(3):
            assert self.looker.look(self.base, NEVER)
        self.check()
        assert self.waiting() == {}
        kept = {path.read_bytes() for path in self.kept()}
        recorded = {row["sha256"] for row in self.rows(ORIGINAL)}
        assert {sha256_of(content) for content in kept} == recorded

    def check(self) -> None:
        """Nothing is lost, nothing counts twice, and what is on record is kept."""
        originals, sightings = self.rows(ORIGINAL), self.rows(SIGHTING)
        kept = {path.read_bytes() for path in self.kept()}
        digests = {sha256_of(content) for content in kept}
        assert max(Counter(row["sha256"] for row in originals).values(), default=1) == 1
        assert {row["sha256"] for row in originals} <= digests
        seen = Counter((os.fsdecode(row["path"]), row["sha256"]) for row in sightings)
        for (name, content), drops in self.dropped.items():
            assert seen[name, sha256_of(content)] <= drops
        assert seen.keys() <= {(name, sha256_of(content)) for name, content in self.dropped}

    def waiting(self) -> dict[str, bytes]:
        """What still lies in the root."""
        files = (path for path in self.landing.rglob("*") if path.is_file())
        return {str(path.relative_to(self.landing)): path.read_bytes() for path in files}

    def kept(self) -> list[Path]:
        originals = self.base / "home" / "originals"
        return [path for path in originals.rglob("*") if path.is_file() and path.name[0] != "."]

    def rows(self, table: Table) -> list[dict[str, Any]]:
        store = RowStore(self.base / "home" / "rows")
        if table.name not in store.tables():
            return []
        return stored_rows(store, table, after_seq="").to_dicts()


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


IngestMachine.TestCase.settings = settings(
    max_examples=8, stateful_step_count=12, derandomize=True, deadline=None, database=None
)


class TestIngest(IngestMachine.TestCase):  # type: ignore[misc]
    @classmethod
    def setUpClass(cls) -> None:
        IngestMachine.looker = Looker()

    @classmethod
    def tearDownClass(cls) -> None:
        end(IngestMachine.looker.process)
