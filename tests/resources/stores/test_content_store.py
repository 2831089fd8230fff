"""What killed writers leave is recognized, and nothing else is touched."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from resources.stores.content_store import partial_name, remove_abandoned_copies


def test_half_copies_in_a_landing_folder_are_swept_once_they_are_old(tmp_path: Path) -> None:
    batch = tmp_path / "batch"
    batch.mkdir()
    half = partial_name(batch / "photo.jpg")
    others = [batch / name for name in ("photo.jpg", ".photo.partial", "photo.partial")]
    for path in (half, *others):
        path.write_bytes(b"half of it")
    now = datetime.now(UTC)

    assert remove_abandoned_copies(tmp_path, now - timedelta(hours=1)) == 0
    assert remove_abandoned_copies(tmp_path, now + timedelta(hours=1)) == 1

    assert sorted(batch.iterdir()) == sorted(others)
