"""Which of the fetched models ``embedding.model = auto`` means: one line in ``<home>/models``.

Written by ``media models get`` and ``media models use``; read at every run, so that a change takes
effect without a restart.
"""

from pathlib import Path

from resources.configuration.media_home import MediaHome


def chosen_model(home: MediaHome) -> str | None:
    """NAME/TAG of the chosen model, or None when nobody chose."""
    try:
        return note(home).read_text().strip() or None
    except FileNotFoundError:
        return None


def choose_model(home: MediaHome, name: str) -> None:
    """Make ``auto`` mean this model from now on."""
    path = note(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(f"{name}\n")
    draft.replace(path)


def note(home: MediaHome) -> Path:
    """Where the choice is written."""
    return home.models / "chosen_for_embedding.txt"
