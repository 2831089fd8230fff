"""What goes into a derivative, and the fingerprint that says whether a rerun would give the same.

A recipe is read off a pure function: ``make_<asset>(image, <upstream asset>, ...) -> Payload``.
The module's name is the asset's name, the parameters after the first (the source) are the assets it
is made from, and the payload's fields are the columns of its table. A parameter that may be None is
an optional input. A function whose first parameter is a Sequence works on several sources at once:
each input is then a sequence, and it returns one payload or ImageProblem per source. Keyword-only
parameters are no inputs: ``model`` is the opened model, ``hint`` what a person says who asked.
"""

import hashlib
import inspect
import json
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from functools import cached_property
from typing import Any, Union, get_args, get_origin, get_type_hints

from resources.models.model_choice import ADDRESS, ModelChoice

ASSERTED_INPUTS = {
    "human_record": "curation/human_record",
    "sidecar_files": "ingest/sidecar_files",
}
"""Inputs that nobody computes: people write them, or folders hold them, in rows like an asset's."""


@dataclass(frozen=True)
class Engine:
    """The software that does the work. Only ``name`` takes part in the fingerprint.

    A newer version does not make a million rows stale; it is recorded in every row, and sources
    that were unsupported are tried again under it.
    """

    name: str
    version: str


@dataclass(frozen=True)
class Terms:
    """What may change from run to run: the engine, and what else decides its output."""

    engine: Engine
    parameters: Mapping[str, object]
    model: ModelChoice[Any] | None = None
    """Set for derivatives that a model makes in the run's own process."""


@dataclass(frozen=True)
class Recipe:
    """One derivative's pure function with everything that changes what it returns."""

    make: Callable[..., object]
    code_version: str
    choose: Callable[[], Terms]
    needs_model: bool = False
    """Made by a model in the run's own process, which takes far longer than a rendition."""
    reads_preferred: bool = False
    """Its inputs are the versions that people prefer; it names them by version in ``inputs``."""
    medium: str = "image"
    """The kind of source that it is made of. No part of the fingerprint."""

    def __post_init__(self) -> None:
        """Raise ValueError unless the function is named after its file."""
        if self.make.__name__ != f"make_{self.name}":
            raise ValueError(
                f"{self.make.__module__}: the pure function must be named make_{self.name}, "
                f"not {self.make.__name__}"
            )

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        """Travels to decoder processes by its name: they have its file imported already."""
        return recipe_beside, (self.make, self.name)

    @cached_property
    def name(self) -> str:
        """The asset's name: that of the file which holds the pure function."""
        return self.make.__module__.rpartition(".")[2]

    @cached_property
    def table(self) -> str:
        """Where its rows are kept in the row store."""
        return f"{self.medium}/{self.name}"

    @property
    def id_column(self) -> str:
        """The column of its table that holds the source's id."""
        return f"{self.medium}_id"

    @property
    def file(self) -> str:
        """The file that holds the pure function."""
        return self.make.__code__.co_filename

    def input_table(self, name: str) -> str:
        """Where the rows of one of its inputs are kept."""
        return ASSERTED_INPUTS.get(name, f"{self.medium}/{name}")

    @cached_property
    def is_batched(self) -> bool:
        """Whether the function takes several sources at once."""
        first = next(iter(inspect.signature(self.make).parameters))
        return is_sequence(get_type_hints(self.make)[first])

    @cached_property
    def has_parts(self) -> bool:
        """Whether its payload holds a list of numbered parts, such as regions."""
        fields = (get_type_hints(self.payload_type)).values()
        lists = (get_args(one)[0] for one in fields if get_origin(one) is list)
        return any(is_dataclass(one) and "part" in get_type_hints(one) for one in lists)

    @cached_property
    def takes_hint(self) -> bool:
        """Whether the function gets the hint: what a person says about the sources."""
        return "hint" in inspect.signature(self.make).parameters

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the assets it is made from, besides the original."""
        parameters = list(inspect.signature(self.make).parameters.values())[1:]
        return tuple(one.name for one in parameters if one.kind is not one.KEYWORD_ONLY)

    @cached_property
    def optional_inputs(self) -> frozenset[str]:
        """The inputs without which a source is still worked on."""
        return frozenset(name for name in self.inputs if is_optional(self._hints[name]))

    @cached_property
    def payload_type(self) -> type:
        """The dataclass that the pure function returns (for each source)."""
        returned = element_of(self._hints["return"]) if self.is_batched else self._hints["return"]
        return payload_of(returned)

    @cached_property
    def input_types(self) -> Mapping[str, type]:
        """The payload dataclass of each input, by asset name."""
        return {name: payload_of(self._hints[name]) for name in self.inputs}

    @cached_property
    def _hints(self) -> Mapping[str, Any]:
        hints = get_type_hints(self.make)
        if not self.is_batched:
            return hints
        return {
            name: element_of(hint) if name in self.inputs else hint for name, hint in hints.items()
        }

    def today(self) -> "TodaysRecipe":
        """The recipe as it stands now, for as long as one run lasts."""
        return TodaysRecipe(self, self.choose())


def recipe_beside(make: Callable[..., object], name: str) -> Recipe:
    """The recipe that the file of a pure function declares under the asset's name."""
    recipe = vars(sys.modules[make.__module__])[name]
    if not isinstance(recipe, Recipe):
        raise TypeError(f"{make.__module__}: {name} must be the derivative that the file declares")
    return recipe


@dataclass(frozen=True)
class TodaysRecipe:
    """A recipe whose engine and parameters are decided."""

    recipe: Recipe
    terms: Terms

    @property
    def name(self) -> str:
        """The asset's name."""
        return self.recipe.name

    @property
    def engine(self) -> Engine:
        """The software that does the work."""
        return self.terms.engine

    @cached_property
    def parameters_json(self) -> str:
        """The parameters in canonical JSON."""
        return canonical_json(self.terms.parameters)

    def fingerprint(
        self,
        sha256: str,
        inputs: Mapping[str, str],
        parameters: Mapping[str, object] | None = None,
    ) -> str:
        """64 hex digits: equal exactly when making it again would give the same.

        ``sha256`` is the original's; ``inputs`` maps each upstream asset to the fingerprint of the
        row that would be read; ``parameters`` are others than today's.
        """
        recipe = {
            "derivative": self.name,
            "code_version": self.recipe.code_version,
            "engine": self.engine.name,
            "parameters": dict(self.terms.parameters if parameters is None else parameters),
            "original": sha256,
            "inputs": dict(inputs),
        }
        return hashlib.sha256(canonical_json(recipe).encode()).hexdigest()

    def parameters_made_with(self, made: str) -> Mapping[str, object] | None:
        """The parameters of a row, in JSON, when they say the same as today's in an older form.

        Older versions counted the address of a model's server beside the model's name.
        """
        found: dict[str, object] = json.loads(made)
        if ADDRESS in self.terms.parameters or found.pop(ADDRESS, None) is None:
            return None
        return json.loads(made) if found == dict(self.terms.parameters) else None


def is_optional(hint: Any) -> bool:
    """Whether the type admits None."""
    is_union = get_origin(hint) in (Union, types.UnionType)
    return is_union and types.NoneType in get_args(hint)


def is_sequence(hint: Any) -> bool:
    """Whether the type is ``Sequence[X]``."""
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, Sequence)


def element_of(hint: Any) -> Any:
    """``X`` for ``Sequence[X]``. Raises TypeError for a type that is no sequence."""
    if not is_sequence(hint):
        raise TypeError(f"{hint!r} must be a Sequence: the function takes several sources at once")
    return get_args(hint)[0]


def payload_of(hint: Any) -> type:
    """The first member of a union such as ``Caption | None``; the type itself otherwise."""
    payload: type = get_args(hint)[0] if get_origin(hint) in (Union, types.UnionType) else hint
    return payload


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
