"""How a command's help ends: with its examples, one per line."""

BETWEEN_LINES = "\n\n"
"""Typer joins lines with only one newline between them."""


def examples(*commands: str, note: str = "") -> str:
    """The epilog of a command: ``commands`` as they are typed, then ``note`` below them."""
    title = "Example:" if len(commands) == 1 else "Examples:"
    lines = [title, *(f"[bold]{command}[/]" for command in commands)]
    return BETWEEN_LINES.join([*lines, note] if note else lines)
