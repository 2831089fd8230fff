"""A copy of the program that a test may change, and its command line in processes of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resources.configuration.media_home import MediaHome
from tests.support.own_frames import own_query

ROOT = Path(__file__).parents[2]
PROGRAM = (
    "definitions.py",
    "command_line",
    "dbt_like_sql",
    "media_assets",
    "resources",
    "samples",
    "schedules",
    "sensors",
    "web",
)


@dataclass(frozen=True)
class ProgramCopy:
    """One copy of the program and one MEDIA_HOME."""

    folder: Path
    home: Path

    def media(self, *words: str, exit_code: int = 0, home: Path | None = None) -> str:
        """What a command prints; its own output is shown when it ends with another exit code."""
        return self.python(
            "from command_line.main import app; app()", *words, exit_code=exit_code, home=home
        )

    def python(self, code: str, *words: str, exit_code: int = 0, home: Path | None = None) -> str:
        """What some code prints that runs with this program and home."""
        command = [sys.executable, "-c", code, *words]
        variables = {
            "MEDIA_HOME": str(home or self.home),
            "MEDIA_SETTLE_SECONDS": "0.1",
            "PYTHONPATH": str(self.folder),
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **variables},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == exit_code, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def sql(self, query: str, *, home: Path | None = None) -> list[dict[str, Any]]:
        """The rows that a query finds in the published tables."""
        published = MediaHome(home or self.home).warehouse
        return own_query(published, query).to_dicts()


def copy_program(target: Path) -> ProgramCopy:
    """The program below ``target/program``, with a home that does not exist yet."""
    program = target / "program"
    program.mkdir()
    for name in PROGRAM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, program / name)
    return ProgramCopy(program, target / "home")
