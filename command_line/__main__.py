"""``python -m command_line``: the ``media`` command.

Python puts the current folder first on its path then, so that a file ``yaml.py`` there would be
run: it is taken off before anything else is imported, unless it is where our own code lies.
"""

import os
import sys

CODE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - as below
"""Without pathlib: an import could find a file of that name in the current folder."""

if not sys.flags.safe_path and os.path.abspath(sys.path[0]) != CODE:  # noqa: PTH100 - the same
    del sys.path[0]

from command_line.terminal.interruption import (  # noqa: E402 - after the path is safe
    STOPPED,
    Stopped,
    end_on_signals,
)


def main() -> None:
    """Carry out the command; stopped while its parts are still imported, it says so, too."""
    end_on_signals()
    try:
        from command_line.main import app

        app(prog_name="media")
    except Stopped as stopped:
        sys.stderr.write(f"{STOPPED}\n")
        sys.exit(stopped.exit_code)


if __name__ == "__main__":
    main()
