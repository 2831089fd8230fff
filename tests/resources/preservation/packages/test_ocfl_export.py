"""An OCFL storage root is sound after a kill at any moment, and never loses a version."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import ocfl
import pytest

from resources.preservation.packages.bag_writing import ChangedFile, document
from resources.preservation.packages.ocfl_export import DamagedObject, OcflRoot, OcflUnavailable

ROOT = Path(__file__).parents[4]
NOW = datetime(2026, 5, 14, tzinfo=UTC)
FILES = [document("dunes/original.png", b"picture"), document("dunes/rows.jsonl", b"{}\n")]
EDITED = [FILES[0], document("dunes/rows.jsonl", b"{}\n{}\n")]


def export(root: Path, files: list[object]) -> bool:
    with OcflRoot.at(root) as opened:
        return opened.export("dunes", files, NOW)  # type: ignore[arg-type]


def versions(root: Path) -> list[str]:
    return sorted(path.parent.name for path in root.rglob("v*/inventory.json"))


def is_valid(root: Path) -> bool:
    checked = ocfl.StorageRoot(root=str(root))
    return bool(checked.validate()) and checked.good_objects == checked.num_objects == 1


def test_a_change_is_a_new_version_that_shares_what_stayed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    assert [export(root, FILES), export(root, FILES), export(root, EDITED)] == [True, False, True]

    assert versions(root) == ["v1", "v2"]
    assert is_valid(root)
    assert len(list(root.rglob("original.png"))) == 1


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")

    with pytest.raises(OcflUnavailable, match="neither empty nor an OCFL"):
        export(tmp_path, FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_that_changed_is_not_exported(tmp_path: Path) -> None:
    changed = [FILES[0].__class__(**{**vars(FILES[0]), "sha256": "0" * 64})]

    with pytest.raises(ChangedFile):
        export(tmp_path / "root", changed)
    assert versions(tmp_path / "root") == []


def test_a_damaged_object_gets_no_version(tmp_path: Path) -> None:
    root = tmp_path / "root"
    export(root, FILES)
    for inventory in root.rglob("dunes/inventory.json"):
        inventory.write_text("{}")

    with pytest.raises(DamagedObject, match="no sound OCFL object"):
        export(root, EDITED)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.resources.preservation.packages.test_ocfl_export import EDITED, export

def killed_at(step):
    left = step
    def count(event, args):
        nonlocal left
        is_step = event in ("os.rename", "shutil.rmtree")
        left -= is_step
        if is_step and not left:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    export(Path(sys.argv[1]), EDITED)

killed_at(int(sys.argv[2]))
"""


def test_killed_at_any_step_the_object_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    root, step, kills = tmp_path / "root", 1, 0
    export(root, FILES)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    while True:
        command = [sys.executable, "-c", KILLED, root, str(step)]
        code = subprocess.run(command, env=environment, check=False).returncode
        with OcflRoot.at(root):
            assert versions(root) in (["v1"], ["v1", "v2"])
        assert is_valid(root)
        if code == 0:
            break
        assert code == -9
        step, kills = step + 1, kills + 1

    assert kills >= 2
    assert versions(root) == ["v1", "v2"]
