"""How each derivative of a source was made, for ``media show``: from what, by what, when, where."""

import json
from collections.abc import Iterator, Sequence

from rich.text import Text

from command_line.queries.tables import Record
from command_line.terminal.console import cell, human_bytes, out, show_lines
from command_line.terminal.tabular import labeled

INDENT = "  "


def show_lineage(source_id: str, artifacts: Sequence[Record]) -> None:
    """Print the derivatives in the order in which they are made of one another."""
    out.print(Text("\nLineage", style="italic"))
    show_lines([Text(f"{source_id} (original)", style="bold")])
    known = [str(artifact["asset"]) for artifact in artifacts]
    for artifact in artifacts:
        show_lines(described(artifact, known))


def described(artifact: Record, known: Sequence[str]) -> Iterator[Text]:
    """One derivative in some lines: outcome, what it was made of, engine, file, reason."""
    good = artifact["outcome"] == "ok"
    head = Text(INDENT).append(f"{artifact['asset']} ", style="bold")
    yield head.append(f"{artifact['outcome']}", style="green" if good else "yellow")
    yield from labeled(out, Text(INDENT * 2), f"{origin(artifact, known)}; {making(artifact)}")
    if artifact["path"]:
        size = human_bytes(int(str(artifact["bytes"])))
        yield Text(f"{INDENT * 2}{cell(artifact['path'])} ({size})")
    if artifact["reason"]:
        yield from labeled(out, Text(INDENT * 2), cell(artifact["reason"]))


def origin(artifact: Record, known: Sequence[str]) -> str:
    """All that it was made from, such as "from viewing_copy, ocr_text"."""
    inputs = json.loads(str(artifact["inputs"] or "{}"))
    return f"from {', '.join(name for name in known if name in inputs) or 'the original'}"


def making(artifact: Record) -> str:
    """Engine, code version, seconds and run."""
    engine_version = str(artifact["engine_version"]).split(",")[0]
    ms = float(str(artifact["seconds"] or 0)) * 1000
    engine = f"{artifact['engine']} {engine_version}, code v{artifact['code_version']}"
    return f"{engine}, {ms:.0f} ms, run {str(artifact['run_id'])[:8]}"
