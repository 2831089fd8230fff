"""What many tests need and what is slow to make: made once, homes for all test processes."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import hypothesis
import psycopg2
import pytest
from filelock import FileLock

from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster, prepare_dagster_home
from tests.support.running_service import RunningService, running_service

os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))
"""Commands of ours forbid the current folder (PYTHONSAFEPATH): tests' own processes need a path."""

os.environ.pop("COLUMNS", None)  # pytest-xdist sets it in its workers; output is a pipe's, wide

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
"""An example may take long on a busy machine: no test is timed."""

SERVER_OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=50"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process has them alone in the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def postgres_binaries() -> Path:
    """The folder of the newest server installed; the Debian package keeps it out of PATH."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name)
    )
    if not folders:
        pytest.fail("PostgreSQL is missing: apt-get install postgresql", pytrace=False)
    return folders[-1]


def run_as_server_user(folder: Path, *command: str | Path) -> None:
    """Run a PostgreSQL command; it refuses to run as root, so root becomes ``postgres``."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*prefix, *map(str, command)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        text=True,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stderr}"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of an empty database, on a server without a port: it listens on a socket only."""
    binaries = postgres_binaries()
    folder = Path(tempfile.mkdtemp(prefix="media-postgres-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    control = (binaries / "pg_ctl", "-D", data, "-w")
    try:
        run_as_server_user(
            folder, binaries / "initdb", "-D", data, "-U", "media", "-A", "trust", "--no-sync"
        )
        options = f"{SERVER_OPTIONS} -k {folder}"
        run_as_server_user(folder, *control, "-l", folder / "log", "-o", options, "start")
        yield f"postgresql://media@/postgres?host={folder}"
        run_as_server_user(folder, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """The URL of a new, empty database of its own."""
    name = f"test_{uuid.uuid4().hex}"
    connection = psycopg2.connect(postgres_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"create database {name}")
    connection.close()
    return postgres_url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def empty_storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dagster home in which nothing has happened; its tables take a second to make."""
    return prepare_dagster_home(Settings(home=tmp_path_factory.mktemp("empty_storage")))


@pytest.fixture
def settings(tmp_path: Path, empty_storage: Path) -> Settings:
    """Settings of a new home whose Dagster storage exists and is empty."""
    shutil.copytree(empty_storage, tmp_path / "dagster")
    return Settings(home=tmp_path)


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's storage of that home, open."""
    with open_dagster(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The whole service, really running: code server, daemon and web UI."""
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A home that one test process makes, while those that need it too wait; they share it."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home, is_made = shared / name / "home", shared / name / "is_made"
    with FileLock(shared / f"{name}.lock"):
        if not is_made.exists():
            shutil.rmtree(home.parent, ignore_errors=True)
            home.parent.mkdir()
            make(home)
            is_made.touch()
    return home


@pytest.fixture(scope="session")
def finished_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which one batch of four small pictures is done; not to be changed: copy it."""
    from tests.support.main_job import main_job, pictures

    def make(home: Path) -> None:
        with main_job(home) as job:
            job.add("small", pictures(4))

    return made_once(tmp_path_factory, "finished", make)


@pytest.fixture(scope="session")
def corpus_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the corpus was dropped as one batch and is done; not to be changed."""
    from tests.support.main_job import CORPUS, corpus_rows, main_job

    def make(home: Path) -> None:
        with main_job(home) as job:
            names = [row["file"] for row in corpus_rows()]
            job.add("corpus", {name: (CORPUS / name).read_bytes() for name in names})

    return made_once(tmp_path_factory, "corpus", make)


@pytest.fixture(scope="session")
def drawn_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of drawings, embedded by the tiny open_clip model; not to be changed: copy it."""
    from tests.support.drawn_home import draw_home

    return made_once(tmp_path_factory, "drawn", draw_home)


@pytest.fixture(scope="session")
def pictured_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of few drawings, without a language model; not to be changed: copy it."""
    from tests.support.written_home import FEW, drawn_files, writing_job

    def make(home: Path) -> None:
        with writing_job(home, {"ENGINE": "builtin"}) as job:
            job.add("drawings", drawn_files(FEW))

    return made_once(tmp_path_factory, "pictured", make)
