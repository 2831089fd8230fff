"""The media home as a Dagster resource; while a run holds it, the run is provably alive."""

from pathlib import Path

import dagster as dg

from resources.configuration.media_home import MediaHome
from resources.orchestration.run_locks import hold_run_lock
from resources.rows.row_store import RowStore


class MediaResource(dg.ConfigurableResource):
    """Originals, derivatives and rows below one folder."""

    root: str
    """Absolute path of MEDIA_HOME."""

    @property
    def home(self) -> MediaHome:
        """The paths below MEDIA_HOME."""
        return MediaHome(Path(self.root))

    @property
    def store(self) -> RowStore:
        """The row batches."""
        return RowStore(self.home.rows)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Hold the run's lock, if there is a run, for as long as the process lives."""
        if context.run is not None:
            hold_run_lock(self.home, context.run.run_id)
