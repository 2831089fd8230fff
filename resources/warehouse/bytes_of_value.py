"""How much memory a result takes, for keeping as many as fit."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass


def bytes_of(value: object) -> int:
    """Bytes of a value with all that is in it; what is in it twice counts twice.

    Arrays say it themselves (``nbytes``). Objects that are no dataclass count without their fields.
    """
    stated = getattr(value, "nbytes", None)
    if isinstance(stated, int):
        return sys.getsizeof(value) if stated == 0 else stated
    return sys.getsizeof(value) + sum(bytes_of(part) for part in parts(value))


def parts(value: object) -> Iterable[object]:
    """What is in a container or a dataclass."""
    if isinstance(value, Mapping):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return ()
