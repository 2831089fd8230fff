"""What the commands print: tables for people, JSON for machines, errors that say what to do.

Everything shown may come from strangers' files: text is printed without markup and with control
characters escaped.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TextIO

import typer
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from command_line.terminal.tabular import labeled, tabular
from resources.display_text import plain_json, plain_lines, plain_text
from resources.json_values import json_value

PIPED_WIDTH = 200
"""Columns when the output is no terminal: a file has room."""


def console(stream: TextIO, *, stderr: bool = False) -> Console:
    """A console that is as wide as the terminal, or PIPED_WIDTH in a pipe or file."""
    is_sized = stream.isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, highlight=False, width=None if is_sized else PIPED_WIDTH)


out = console(sys.stdout)
err = console(sys.stderr, stderr=True)


class CommandError(typer.Exit):
    """Ends the command with exit code 1 after one clear message on standard error."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        show_wrapped("media: ", message, style="red")
        if hint:
            show_wrapped(f"{'':7}", hint)
        super().__init__(code=1)


def show_wrapped(label: str, text: str, *, style: str = "") -> None:
    """Print lines on standard error behind a label; long ones go on below, no word is split."""
    for number, line in enumerate(plain_lines(text).splitlines()):
        first = Text(label if number == 0 else " " * len(label), style=style)
        if cell_len(line) <= err.width - len(label) or line.startswith(" "):
            err.print(first + Text(line, style=style), soft_wrap=True)
            continue
        for part in labeled(err, first, line, style=style):
            err.print(part, soft_wrap=True)


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = ""
) -> None:
    """Print rows as a table, numbers to the right; as records where a table does not fit."""
    out.print(rows_shown(columns, rows, title=title), crop=False)


def show_lines(lines: Iterable[Text]) -> None:
    """Print lines as they are: what does not fit the terminal wraps itself, so it can be copied."""
    for line in lines:
        out.print(line, soft_wrap=True)


def show_labeled(label: str, value: object, *, width: int) -> None:
    """Print a value beside its label, whose column is so wide."""
    show_lines(labeled(out, Text(f"{label:<{width}}", style="bold"), cell(value)))


def rows_shown(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = ""
) -> RenderableType:
    """The same, to be printed with crop=False."""
    kept = [list(row) for row in rows]
    numeric = frozenset(
        place
        for place in range(len(columns))
        if all(isinstance(row[place], int | float | None) for row in kept)
    )
    texts = [list(map(cell, row)) for row in kept]
    return tabular(out, [*map(plain_text, columns)], texts, numeric=numeric, title=title)


def show_records(records: Sequence[Mapping[str, object]], *, empty: str) -> None:
    """Print records as a table, or ``empty`` when there are none."""
    if not records:
        out.print(empty)
        return
    columns = list(records[0])
    show_table(columns, ([record[name] for name in columns] for record in records))


def show_json(value: object) -> None:
    """Print one JSON document on standard output and nothing else."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=json_value)
    sys.stdout.write(f"{plain_json(text)}\n")


def write_out(text: str) -> None:
    """Write a document to standard output as it is, or made plain when people see it there."""
    sys.stdout.write(plain_lines(text) if sys.stdout.isatty() else text)


def cell(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dict | list):
        return plain_text(json.dumps(value, ensure_ascii=False, default=json_value))
    return plain_text(str(value))


def number(value: float) -> str:
    """At most four decimals, which tell places 11 m apart; the very small and large in powers."""
    if value and not 0.001 <= abs(value) < 1e9:
        return f"{value:,.4g}"
    text = f"{value:,.4f}".rstrip("0")
    return text.removesuffix(".")


def human_bytes(size: float) -> str:
    """``size`` in bytes with a binary unit."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"
