"""What the commands print: tables for people, JSON for machines, errors that say what to do.

Everything shown may come from strangers' files: text is printed without markup and with control
characters escaped.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resources.display_text import plain_json, plain_lines, plain_text

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
        err.print(Text(plain_lines(f"media: {message}"), style="red"), soft_wrap=True, end="")
        if hint:
            err.print(Text(plain_lines(f"       {hint}")), soft_wrap=True, end="")
        super().__init__(code=1)


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = ""
) -> None:
    """Print rows as a table, fitted to the terminal; numbers to the right."""
    kept = [list(row) for row in rows]
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], int | float | None) for row in kept)
        table.add_column(
            Text(plain_text(column)), justify="right" if numeric else "left", overflow="fold"
        )
    for row in kept:
        table.add_row(*(Text(cell(value)) for value in row))
    out.print(table)


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
        return f"{value:,.4g}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dict | list):
        return plain_text(json.dumps(value, ensure_ascii=False, default=json_value))
    return plain_text(str(value))


def json_value(value: Any) -> object:
    """What ``json`` cannot write by itself. Raises TypeError for an unknown type."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def human_bytes(size: float) -> str:
    """``size`` in bytes with a binary unit."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"
