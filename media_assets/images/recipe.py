"""What goes into a derivative, and the fingerprint that says whether it would come out the same.

A recipe is read off a pure function: ``make_<asset>(image, <upstream asset>, ...) -> Payload``.
The module's name is the asset's name, the parameters after ``image`` are the assets it is made
from, and the payload's fields are the columns of its table.
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import get_type_hints


@dataclass(frozen=True)
class Engine:
    """The software that does the work. Only ``name`` takes part in the fingerprint.

    A newer version does not make a million images stale; it is recorded in every row, and images
    that were unsupported are tried again under it.
    """

    name: str
    version: str


@dataclass(frozen=True)
class Recipe:
    """One derivative's pure function with everything that changes what it returns."""

    make: Callable[..., object]
    code_version: str
    engine: Callable[[], Engine]
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError unless the function is named after its file."""
        if self.make.__name__ != f"make_{self.name}":
            raise ValueError(
                f"{self.make.__module__}: the pure function must be named make_{self.name}, "
                f"not {self.make.__name__}"
            )

    @property
    def name(self) -> str:
        """The asset's name: that of the file which holds the pure function."""
        return self.make.__module__.rpartition(".")[2]

    @property
    def table(self) -> str:
        """Where its rows are kept in the row store."""
        return table_of(self.name)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the assets it is made from, besides the original."""
        return tuple(inspect.signature(self.make).parameters)[1:]

    @property
    def payload_type(self) -> type:
        """The dataclass that the pure function returns."""
        payload: type = get_type_hints(self.make)["return"]
        return payload

    @property
    def input_types(self) -> Mapping[str, type]:
        """The payload dataclass of each input, by asset name."""
        hints = get_type_hints(self.make)
        return {name: hints[name] for name in self.inputs}

    @property
    def parameters_json(self) -> str:
        """The parameters in canonical JSON."""
        return canonical_json(self.parameters)

    def fingerprint(self, sha256: str, inputs: Mapping[str, str]) -> str:
        """64 hex digits: equal exactly when making it again would give the same.

        ``sha256`` is the original's; ``inputs`` maps each upstream asset to the fingerprint of the
        row that would be read.
        """
        recipe = {
            "derivative": self.name,
            "code_version": self.code_version,
            "engine": self.engine().name,
            "parameters": dict(self.parameters),
            "original": sha256,
            "inputs": dict(inputs),
        }
        return hashlib.sha256(canonical_json(recipe).encode()).hexdigest()


def table_of(asset_name: str) -> str:
    """The row table of an image asset, named like its asset key."""
    return f"image/{asset_name}"


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
