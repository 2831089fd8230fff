"""The list of parts; a part more is a line here."""

from functools import partial

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext

from resources.configuration.settings import Settings
from web.health import orchestration, stores, work
from web.health.part import Part


def parts_of(settings: Settings, instance: dg.DagsterInstance) -> list[Part]:
    """What can be looked at with or without a running service."""
    home = settings.media_home
    return [
        Part("home", partial(stores.home, settings)),
        Part("originals", partial(stores.folder, home.originals)),
        Part("derivatives", partial(stores.folder, home.derivatives)),
        Part("rows", partial(stores.folder, home.rows), serves=True),
        Part("tables", partial(stores.tables, home)),
        Part("storage", partial(orchestration.storage, settings, instance), serves=True),
        Part("daemon", partial(orchestration.daemon, instance)),
        Part("queue", partial(orchestration.queue, instance)),
        Part("progress", partial(work.progress, home, instance)),
        Part("memory", stores.memory),
        Part("disk", partial(stores.disk, settings)),
        Part("models", work.models),
        Part("last_error", partial(orchestration.last_error, instance)),
        Part("notifications", partial(work.notifications, settings)),
    ]


def parts_of_service(settings: Settings, context: WorkspaceProcessContext) -> list[Part]:
    """The same, and the code server that the web server asks."""
    code_server = Part("code_server", partial(orchestration.code_server, context), serves=True)
    return [*parts_of(settings, context.instance), code_server]
