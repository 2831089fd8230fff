"""Everybody at once, for some seconds: see tests.torture.concurrency, which takes ten minutes."""

from pathlib import Path

import pytest

from tests.torture.concurrency import ROLES, torture

SECONDS = 20


@pytest.mark.slow
def test_nobody_sees_an_error_or_part_of_a_batch(tmp_path: Path) -> None:
    wrong, done = torture(tmp_path / "home", SECONDS)

    assert wrong == [], "\n".join(wrong)
    assert len(done) == len(ROLES)
    assert all(done.values()), done
