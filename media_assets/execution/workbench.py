"""What a step of a run works with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from resources.configuration.media_home import MediaHome
from resources.decoding.decoder_pool import Attempt, Task
from resources.rows.row_store import RowStore


class Runner(Protocol):
    """What calls the pure function: children that decode, or a model in this process."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Attempt]]:
        """Attempt every task, and give the attempts in the tasks' order."""
        ...


@dataclass(frozen=True)
class Workbench:
    """Where things are, and what calls the pure functions."""

    home: MediaHome
    store: RowStore
    runner: Runner
    run_id: str
