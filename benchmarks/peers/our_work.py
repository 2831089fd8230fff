"""The work by us: ``python -m benchmarks.peers.our_work PICTURES`` in the home of the environment.

The product itself, from a process that has just been started to the last row and event of its first
stage, which makes all that needs no model. Publication and recognition, which nobody needs in order
to ask for thumbnails, are left out.
"""

import sys
from pathlib import Path

from benchmarks.first_stage import land, run_first_stage
from command_line.queries.tables import prepare
from media_assets import DERIVATIVES
from resources.configuration.settings import Settings
from resources.decoding.decoder_fork_server import start_fork_server
from resources.orchestration.dagster_home import open_dagster


def main(pictures: Path) -> None:
    """Take the pictures in and make their first stage."""
    settings = Settings()
    prepare(settings.media_home)
    start_fork_server([DERIVATIVES])
    pictures.rename(settings.media_home.landing / pictures.name)
    with open_dagster(settings) as instance:
        land(settings)
        run_first_stage(instance)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
