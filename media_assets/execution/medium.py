"""Medium: one kind of source (image, film, book), and everything that depends on the kind.

A medium is one value in ``media_assets/<folder>/medium.py``; its folder holds one file per
derivative. The name is the prefix of asset keys and the schema in SQL:
``media_assets/images/thumbnails.py`` -> asset key ``image/thumbnails`` -> table
``image.thumbnails``. Two media may each have a ``thumbnails.py``.

``Medium.asset`` and ``Medium.model_asset`` declare a pure function as a derivative: key,
description, columns and lineage are read off the function and its module. The Dagster assets of a
medium are built from these declarations (``media_assets.execution.assets``).
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

from media_assets.execution.derivative_rows import table_schema
from media_assets.execution.recipe import Engine, Recipe, Terms
from media_assets.execution.steps import libvips
from resources.configuration.current_settings import current_settings
from resources.configuration.settings import Settings
from resources.models.model_choice import ModelChoice
from resources.rows.row_envelope import ENVELOPE_DESCRIPTIONS

OWNERS = ["team:media"]

ORIGINALS = dg.AssetKey(["ingest", "original"])
"""What an asset with no other input is made from."""


class DuplicateDerivative(TypeError):
    """Two files of one medium define a derivative of the same name."""


HOW_TO_SELECT = (
    "To make it again for some: Materialize, type a part of their names into the box as it is "
    "(`img_41` finds `img_4123`; there are no wildcards), Select all. On the command line: "
    "`media reprocess 'img_41*'`."
)
"""Behind each description in the UI: its box for partitions takes `*` for a plain character."""


@dataclass(frozen=True, eq=False)
class Medium:
    """One kind of source.

    ``begins`` decides by the first 4096 bytes of a file (fewer if it is shorter) whether it is of
    this kind; a file that no medium claims is an image. ``job`` names the job that makes all its
    derivatives. ``recipes`` are its derivatives by name, upstream before downstream, ``specs``
    what Dagster shows of them; both are filled when the files of the folder are imported.
    """

    name: str
    partitions_name: str
    job: str
    begins: Callable[[bytes], bool]
    recipes: dict[str, Recipe] = field(default_factory=dict)
    specs: dict[str, dg.AssetSpec] = field(default_factory=dict)

    @property
    def id_column(self) -> str:
        """The column of its tables that holds the source's id, which is the partition key."""
        return f"{self.name}_id"

    @cached_property
    def partitions(self) -> dg.DynamicPartitionsDefinition:
        """The one partition dimension of its assets: a key per source, in order of acceptance.

        Ranges of keys in Dagster follow that order, so the sources of one batch are one range.
        """
        return dg.DynamicPartitionsDefinition(name=self.partitions_name)

    def key(self, name: str) -> dg.AssetKey:
        """The asset key of one of its derivatives."""
        return dg.AssetKey([self.name, name])

    def table(self, name: str) -> str:
        """The row table of one of its derivatives."""
        return f"{self.name}/{name}"

    def asset(
        self,
        make: Callable[..., object],
        *,
        group_name: str,
        kinds: set[str],
        code_version: str,
        parameters: Mapping[str, object] | None = None,
        engine: Callable[[], Engine] = libvips,
        reads_preferred: bool = False,
    ) -> Recipe:
        """Declare what ``make`` makes of a source, in a child that can be killed.

        ``parameters`` are the constants that change what ``make`` returns; with ``code_version``
        and the engine's name they decide which rows are stale. With ``reads_preferred`` its inputs
        are the versions that people prefer, else the newest usable ones.
        """
        constants = dict(parameters or {})
        recipe = Recipe(
            make,
            code_version,
            lambda: Terms(engine(), constants),
            reads_preferred=reads_preferred,
            medium=self.name,
        )
        return self._add(
            recipe, group_name, kinds, {"parameters": dg.MetadataValue.json(constants)}
        )

    def model_asset(
        self,
        make: Callable[..., object],
        *,
        group_name: str,
        kinds: set[str],
        code_version: str,
        choose: Callable[[Settings], ModelChoice[Any]],
    ) -> Recipe:
        """Declare what ``make`` makes of a source with a model, in the run's own process.

        ``choose`` says which engine the settings and the disk ask for today: a changed model,
        prompt or threshold makes rows stale at the next look, without a restart.
        """
        recipe = Recipe(
            make,
            code_version,
            lambda: terms_of(choose(current_settings())),
            needs_model=True,
            medium=self.name,
        )
        return self._add(recipe, group_name, kinds, {})

    def put_in_order(self) -> None:
        """Order the recipes upstream before downstream, whichever file was imported first.

        Every process counts them alike: their places are written to the row store.
        """
        inputs = {
            name: [one for one in self.recipes[name].inputs if one in self.recipes]
            for name in sorted(self.recipes)
        }
        ordered = {name: self.recipes[name] for name in TopologicalSorter(inputs).static_order()}
        self.recipes.clear()
        self.recipes.update(ordered)

    def _add(
        self,
        recipe: Recipe,
        group_name: str,
        kinds: set[str],
        metadata: Mapping[str, dg.MetadataValue],
    ) -> Recipe:
        """Keep one declaration. Raises DuplicateDerivative when its name is taken."""
        self._refuse_duplicate(recipe)
        self.recipes[recipe.name] = recipe
        self.specs[recipe.name] = dg.AssetSpec(
            self.key(recipe.name),
            deps=[key_of_table(recipe.input_table(name)) for name in recipe.inputs] or [ORIGINALS],
            group_name=group_name,
            kinds=kinds,
            owners=OWNERS,
            code_version=recipe.code_version,
            description=f"{inspect.getdoc(sys.modules[recipe.make.__module__])}\n\n{HOW_TO_SELECT}",
            partitions_def=self.partitions,
            metadata={**table_metadata(recipe), **metadata},
        )
        return recipe

    def _refuse_duplicate(self, recipe: Recipe) -> None:
        known = self.recipes.get(recipe.name)
        if known is not None and known.file != recipe.file:
            raise DuplicateDerivative(
                f"{self.name} has two derivatives called {recipe.name}: {known.file} and "
                f"{recipe.file}. Rename one of the files."
            )


def terms_of(choice: ModelChoice[Any]) -> Terms:
    """A choice of model as the recipe's terms."""
    return Terms(Engine(choice.engine, choice.version), choice.parameters, choice)


def key_of_table(table: str) -> dg.AssetKey:
    """The asset behind a row table: named alike."""
    return dg.AssetKey(table.split("/"))


def table_metadata(recipe: Recipe) -> dict[str, dg.MetadataValue]:
    """What the UI shows of the asset before anything is made: its table."""
    columns = [
        dg.TableColumn(name, str(dtype), description=ENVELOPE_DESCRIPTIONS.get(name))
        for name, dtype in table_schema(recipe).items()
    ]
    return {
        "dagster/table_name": dg.MetadataValue.text(recipe.table.replace("/", ".")),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
    }
