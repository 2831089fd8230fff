"""The product's work in a process that has it all loaded, as the service has.

``python -m benchmarks.warm_process HOME FOLDER ...``: takes in each folder of pictures as a batch,
one after the other, and prints what each cost as a line of JSON. The landing folder is looked at as
long as it takes; nothing else runs on the home.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.processes import cost_of_work
from command_line.queries.tables import prepare
from command_line.service.foreground import run_until_idle
from resources.configuration.settings import Settings
from resources.orchestration.dagster_home import open_dagster


def take_in(folders: list[Path]) -> None:
    """Print the cost of each folder's pictures until they are searchable."""
    settings = Settings()
    prepare(settings.media_home)
    with open_dagster(settings) as instance:
        for folder in folders:
            folder.rename(settings.media_home.landing / folder.name)
            cost = cost_of_work(lambda: run_until_idle(settings, instance))
            print(json.dumps(asdict(cost)), flush=True)


if __name__ == "__main__":
    take_in([Path(word) for word in sys.argv[1:]])
