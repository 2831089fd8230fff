"""Runs ``media`` with a watch on imports: which modules that a reader can do without came, and how.

    python tests/support/import_watch.py REPORT FORBIDDEN,... ARGUMENT ...

The report has one line per forbidden module: the chain of modules that led to it.
"""

import atexit
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FrameType


class Watch:
    """Notes the chain of imports that leads to a forbidden module; finds nothing itself."""

    def __init__(self, forbidden: Sequence[str]) -> None:
        self.chains = dict.fromkeys(forbidden, "")

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        del path, target
        if self.chains.get(name) == "":
            chain = [*reversed([*importers(sys._getframe(1))]), name]
            self.chains[name] = " -> ".join(dict.fromkeys(chain))
        return None

    def found(self) -> list[str]:
        """The chains of those that are loaded; a module may be looked for and left alone."""
        return [chain for name, chain in self.chains.items() if name in sys.modules]


def importers(frame: FrameType | None) -> Iterator[str]:
    """The modules whose code is running, innermost first."""
    while frame:
        name = str(frame.f_globals.get("__name__"))
        if not name.startswith(("importlib", "_frozen_importlib")):
            yield name
        frame = frame.f_back


def main() -> None:
    report, forbidden, *arguments = sys.argv[1:]
    watch = Watch(forbidden.split(","))
    sys.meta_path.insert(0, watch)  # type: ignore[arg-type]
    atexit.register(lambda: Path(report).write_text("\n".join(watch.found())))
    sys.argv = ["media", *arguments]
    from command_line.main import app

    app()


if __name__ == "__main__":
    main()
