r"""Untrusted text made safe to show: in a terminal, in Dagster's UI, in logs.

Nothing is lost: a character that could move the cursor, reverse the reading direction or hide is
shown as its code, ``\u202e``.
"""

import json


def plain_text(text: str, *, longest: int | None = None) -> str:
    """``text`` with each non-printing character shown as its code, cut at ``longest``."""
    kept = text if longest is None else text[:longest]
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in kept)
    return shown + ("..." if len(kept) < len(text) else "")


def plain_json(text: str) -> str:
    """JSON text whose non-printing characters are escapes; it means the same to a program."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def plain_lines(text: str) -> str:
    """Lines for a terminal: each kept as a line, and plain."""
    return "".join(f"{plain_text(line)}\n" for line in text.removesuffix("\n").split("\n"))
