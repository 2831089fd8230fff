"""``media models get``: an open_clip model, fetched and used from then on.

DuckDB is not imported here: beside torch its module is not freed at the end of the process, and
nanobind prints forty lines about that.
"""

from command_line.terminal.console import CommandError, out
from resources.configuration.settings import Settings
from resources.embedding.chosen_model import choose_model
from resources.models.failures import ModelUnavailable

AUTO = "auto"
AI_EXTRA = "in the program's folder: make ai"


def list_models(part: str) -> None:
    """Print NAME/TAG of every model of open_clip's that has ``part`` in its name."""
    from resources.embedding.open_clip_download import known_models

    try:
        known = known_models()
    except ModuleNotFoundError as error:
        raise CommandError(f"{error.name} is not installed", hint=AI_EXTRA) from error
    for name in known:
        if part.lower() in name.lower():
            out.print(name, markup=False)


def get_model(name: str) -> None:
    """Fetch NAME/TAG and use it from now on."""
    from resources.embedding.open_clip_download import fetch_model

    try:
        model = fetch_model(name, Settings().media_home)
    except ModuleNotFoundError as error:
        raise CommandError(f"{error.name} is not installed", hint=AI_EXTRA) from error
    except ModelUnavailable as error:
        raise CommandError(str(error)) from error
    out.print(f"{name} is in {model.folder}", markup=False, soft_wrap=True)
    out.print(f"SHA-256 {model.weights_sha256}", markup=False)
    use_model(name)


def use_model(name: str) -> None:
    """Make ``embedding.model = auto`` mean this model, and say what follows from it."""
    settings = Settings()
    if settings.embedding.model not in (AUTO, name):
        raise CommandError(
            f"embedding.model is set to {settings.embedding.model}: no other model is used",
            hint="set it to auto in settings.toml, or unset MEDIA_EMBEDDING__MODEL",
        )
    choose_model(settings.media_home, name)
    out.print(f"New vectors are made by {name}.", markup=False)
    out.print(
        "For the images that are here already: media models update. Search uses the old vectors "
        "until the new ones are complete; media models status shows how far they are.",
        soft_wrap=True,
    )
