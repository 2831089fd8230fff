r"""Untrusted text made safe to show: in a terminal, in Dagster's UI, in logs.

Nothing is lost: a character that could move the cursor, reverse the reading direction or hide is
shown as its code, ``\u202e``.
"""


def plain_text(text: str, *, longest: int | None = None) -> str:
    """``text`` with each non-printing character shown as its code, cut at ``longest``."""
    kept = text if longest is None else text[:longest]
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in kept)
    return shown + ("..." if len(kept) < len(text) else "")
