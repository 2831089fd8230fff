"""What ``/health`` looks at, as findings of ``media doctor``: one list of parts for both."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from command_line.commands.finding import Finding
from command_line.service.service_lock import is_service_running
from resources.configuration.settings import Settings
from resources.orchestration.dagster_damage import DamagedDagster
from resources.orchestration.dagster_home import open_dagster
from web.health.looks import Looks
from web.health.parts import parts_of

LOOKED_AT = frozenset({"rows", "tables", "disk"})
"""Parts of the service that have findings of their own here."""

NAMED_OTHERWISE = {"home": "home files"}
"""``home`` is who owns it here."""


def health(settings: Settings) -> Iterator[Finding]:
    """What ``/health`` says of the parts that nothing else here looks at.

    Nothing where Dagster's storage cannot be opened: ``partitions`` has said so.
    """
    silent = set() if is_service_running(settings.media_home) else {"daemon"}
    try:
        with open_dagster(settings) as instance:
            parts = [part for part in parts_of(settings, instance) if part.name not in silent]
            found = Looks([part for part in parts if part.name not in LOOKED_AT]).current()
    except (DamagedDagster, SQLAlchemyError):
        return
    for name, one in found.items():
        what = NAMED_OTHERWISE.get(name, name.replace("_", " "))
        yield Finding(what, one.said, one.advice, one.ok is False)
