"""Whatever torch and torchvision are installed: open_clip can be imported."""

import subprocess
import sys

SCRIPT = """
from resources.embedding.torchvision_fallback import import_torchvision
import_torchvision()
import_torchvision()
import open_clip, torchvision.transforms
print(len(open_clip.list_models()) > 10)
"""


def test_open_clip_is_imported_in_a_new_process() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr
