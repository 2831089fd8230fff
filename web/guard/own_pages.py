"""Which addresses are our own pages, not Dagster's: they check themselves who may change what."""

PREFIXES = ("/gallery", "/api")


def is_ours(path: str) -> bool:
    """Whether the address is one of our pages."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES)
