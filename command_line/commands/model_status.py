"""``media models status``: engines, fetched models, vectors by space, and the work that is open."""

from collections.abc import Iterator
from pathlib import Path

from command_line.queries.tables import Record, Tables
from command_line.terminal.console import human_bytes, out, show_records
from media_assets.execution.recipe import Recipe
from media_assets.media import all_media, image_recipes
from media_assets.search.ranking.search_content import KINDS
from media_assets.search.ranking.search_index import read_record
from resources.configuration.settings import Settings
from resources.embedding.chosen_model import chosen_model
from resources.embedding.open_clip_models import fetched_models, find_model
from resources.models.failures import ModelUnavailable

SPACES = """
select
    '{kind}' as kind,
    history.space,
    any_value(history.model) as model,
    count(distinct history.image_id) as images,
    least(100, round(100 * count(distinct history.image_id) / max(pictures.images), 1)) as percent,
    max(history.made_at) as newest_at
from image_history.{kind} as history
semi join images on history.image_id = images.image_id
cross join (
    select count(*) as images
    from image.viewing_copy
    semi join images using (image_id)
    where outcome in ('ok', 'degraded')
) as pictures
where history.outcome in ('ok', 'degraded') and history.vector is not null
group by history.space
order by images desc, newest_at desc
"""

WORK = """
select
    count(*) filter (where outcome in ('ok', 'degraded') and changes is null) as ready,
    count(*) filter (where standing = 'in_progress') as missing,
    count(*) filter (where outcome in ('ok', 'degraded') and changes is not null) as stale,
    count(*) filter (where outcome = 'failed') as failed
from expected_artifacts
where medium = ? and asset = ?
"""

SECONDS = """
select median(seconds), count(*)
from {medium}_history.{asset}
where engine = ? and outcome in ('ok', 'degraded')
"""

SHOWN_WORK = ("medium", "asset", "ready", "missing", "stale", "failed")

CHOSEN = "select kind, space, chosen_by from curation.serving_space where space is not null"


def model_status() -> dict[str, list[Record]]:
    """All of it, as plain values."""
    settings, tables = Settings(), Tables.open()
    return {
        "engines": list(engines()),
        "models": list(models(settings)),
        "spaces": [space for kind in KINDS for space in spaces(settings, tables, kind)],
        "work": [work(tables, recipe) for recipe in model_recipes()],
    }


def model_recipes() -> list[Recipe]:
    """The derivatives that a model makes, of every medium."""
    recipes = (recipe for medium in all_media().values() for recipe in medium.recipes.values())
    return [recipe for recipe in recipes if recipe.needs_model]


def engines() -> Iterator[Record]:
    """What would make each derivative now, and why."""
    for recipe in model_recipes():
        choice = recipe.today().terms.model
        if choice:
            yield {**name_of(recipe), "engine": choice.engine, "why": choice.why}


def name_of(recipe: Recipe) -> Record:
    """Which derivative it is."""
    return {"medium": recipe.medium, "asset": recipe.name}


def models(settings: Settings) -> Iterator[Record]:
    """The models in ``<home>/models`` and the one that the settings name."""
    home = settings.media_home
    named = settings.embedding.model
    names = [*fetched_models(home), *([named] if named not in ("auto", "builtin") else [])]
    for name in dict.fromkeys(names):
        try:
            found = find_model(name, home)
        except ModelUnavailable as error:
            yield {"model": name, "space": None, "sha256": None, "bytes": None, "note": str(error)}
            continue
        yield {
            "model": name,
            "space": found.space,
            "sha256": found.weights_sha256,
            "bytes": Path(found.weights).stat().st_size,
            "note": "chosen" if name in (named, chosen_model(home)) else "",
        }


def spaces(settings: Settings, tables: Tables, kind: str) -> list[Record]:
    """How many images have a vector in each space, and which space answers searches."""
    if kind not in image_recipes():
        return []
    serving = read_record(settings.media_home).serving.get(kind)
    choice = image_recipes()[kind].today().terms.model
    today = choice.parameters.get("space") if choice else None
    by_hand = chosen_by_hand(settings, tables)
    found = tables.records(SPACES.format(kind=kind))
    for space in found:
        roles = [
            "serves search" if serving and serving.space == space["space"] else "",
            f"chosen by {by_hand[kind][1]}"
            if by_hand.get(kind, ("",))[0] == space["space"]
            else "",
            "filled by today's model" if space["space"] == today else "",
        ]
        space["role"] = ", ".join(filter(None, roles)) or "history"
    return found


def chosen_by_hand(settings: Settings, tables: Tables) -> dict[str, tuple[str, str]]:
    """Kind -> the space that a person chose for searches, and who."""
    if not (settings.media_home.rows / "curation" / "serving_space").exists():
        return {}
    return {str(kind): (str(space), str(who)) for kind, space, who in tables.rows(CHOSEN)}


def work(tables: Tables, recipe: Recipe) -> Record:
    """How many sources are done, open and outdated, and how long those will take here."""
    (found,) = tables.records(WORK, [recipe.medium, recipe.name])
    timed = SECONDS.format(medium=recipe.medium, asset=recipe.name)
    ((seconds, known),) = tables.rows(timed, [recipe.today().engine.name])
    left = sum(int(str(found[name])) for name in ("missing", "stale", "failed"))
    predicted = None if seconds is None else round(left * float(str(seconds)), 1)
    return {
        **name_of(recipe),
        **found,
        "seconds_per_image": seconds,
        "measured_on": known,
        "predicted_seconds": predicted,
    }


def show_model_status(found: dict[str, list[Record]]) -> None:
    """Print it as four tables."""
    out.print("Engines", style="bold")
    show_records(without_one_medium(found["engines"]), empty="No derivative is made by a model.")
    out.print("Picture models", style="bold")
    sized = [
        {**model, "bytes": human_bytes(int(str(model["bytes"]))) if model["bytes"] else ""}
        for model in found["models"]
    ]
    show_records(sized, empty="None fetched: media models get --list, media models get NAME/TAG")
    out.print("Vectors by space", style="bold")
    show_records(found["spaces"], empty="No image has a vector yet.")
    out.print("Work", style="bold")
    timed = [
        {
            **{name: one[name] for name in SHOWN_WORK},
            "left": duration(one["predicted_seconds"]),
        }
        for one in found["work"]
    ]
    show_records(without_one_medium(timed), empty="")
    if any(one["stale"] for one in found["work"]):
        out.print("Bring what is stale up to date: media models update")


def without_one_medium(records: list[Record]) -> list[Record]:
    """The records as people read them: the medium is named only where there is more than one."""
    if len({record["medium"] for record in records}) > 1:
        return records
    return [{name: one[name] for name in one if name != "medium"} for one in records]


def duration(seconds: object) -> str:
    """Seconds in words; "not measured yet" for None."""
    if seconds is None:
        return "not measured yet"
    value = float(str(seconds))
    if value < 60:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 5400 else f"{value / 3600:.1f} h"
