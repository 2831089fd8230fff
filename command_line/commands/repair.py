"""``media retry`` and ``media reprocess``: real Dagster runs over chosen images."""

from collections.abc import Sequence

import dagster as dg

from command_line.queries.selection import select_images
from command_line.queries.tables import Tables
from command_line.service.runs import launch_all
from command_line.service.service_lock import is_service_running
from command_line.terminal.console import CommandError, out, show_json
from media_assets.execution.image_asset import recipes
from media_assets.execution.partitions import source_images
from media_assets.execution.repair import repair_requests
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster

OPEN_GAPS = "select distinct image_id, asset from gaps where can_change and gap != 'stale'"


def retry_failed(selection: str | None, *, as_json: bool) -> None:
    """Run again what failed or is missing, of the chosen images or of all; the rest is left."""
    tables = Tables.open()
    gaps = [(str(image_id), str(asset)) for image_id, asset in tables.rows(OPEN_GAPS)]
    if selection:
        selected = set(select_images(tables, selection))
        gaps = [(image_id, asset) for image_id, asset in gaps if image_id in selected]
    chosen, assets = {image_id for image_id, _ in gaps}, {asset for _, asset in gaps}
    launch(sorted(chosen), assets=sorted(assets), force=False, as_json=as_json)


def reprocess_images(
    selection: str, assets: Sequence[str], *, hint: str | None, as_json: bool
) -> None:
    """Make the derivatives of the chosen images again. Raises CommandError for an unknown asset."""
    if unknown := set(assets) - recipes.keys():
        raise CommandError(
            f"there is no derivative {', '.join(sorted(unknown))}",
            hint=f"known: {', '.join(recipes)}",
        )
    chosen = select_images(Tables.open(), selection)
    launch(chosen, assets=list(assets or recipes), force=True, hint=hint, as_json=as_json)


def launch(
    image_ids: Sequence[str],
    *,
    assets: list[str],
    force: bool,
    as_json: bool,
    hint: str | None = None,
) -> None:
    """Launch the runs, here or through the service, and say what became of them."""
    lines = launch_requests(image_ids, assets=assets, force=force, hint=hint)
    if as_json:
        show_json({"images": len(image_ids), "runs": lines})
        return
    out.print(f"{len(image_ids)} image(s) in {len(lines)} run(s)" if lines else "Nothing to do.")
    for line in lines:
        out.print(line)


def launch_requests(
    image_ids: Sequence[str], *, assets: list[str], force: bool, hint: str | None = None
) -> list[str]:
    """Launch the runs, here or through the service; one line per run says what became of it."""
    settings = Settings()
    service_is_up = is_service_running(settings.media_home)
    with open_dagster(settings) as instance:
        keys = instance.get_dynamic_partitions(str(source_images.name))
        requests = list(repair_requests(keys, image_ids, assets=assets, force=force, hint=hint))
        lines = launch_all(settings, instance, requests, service_is_up=service_is_up)
        if requests and not service_is_up:
            publish_here(settings, instance)
    return lines


def publish_here(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Publish what the runs made."""
    from command_line.service.foreground import publish

    publish(settings, instance)
