"""A media home with plausible rows and no pictures: what ingest and derivatives would write."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import polars as pl

from media_assets.curation.duplicate_verdict import DUPLICATE_VERDICT
from media_assets.curation.human_record import HUMAN_RECORD
from media_assets.curation.retry_request import RETRY_REQUEST
from media_assets.execution.derivative_rows import payload_schema
from media_assets.execution.retry_rules import RETRY_RULE
from media_assets.execution.versions import PREFERENCE
from media_assets.fixity.fixity_check import FIXITY_CHECK
from media_assets.images.catalogue_record import CatalogueRecord
from media_assets.search.comparing.search_tables import (
    CLUSTERS,
    DUPLICATES,
    PIXEL_DIGESTS,
    SIMILAR_PAIRS,
)
from media_assets.tables import RECIPE as RECIPE_TABLE
from resources.configuration.media_home import MediaHome
from resources.landing.left_out import LEFT_OUT
from resources.landing.sidecar_links import SIDECAR_FILES
from resources.orchestration.stuck_rows import STUCK_WORK
from resources.rows.row_envelope import envelope
from resources.rows.row_store import RowStore
from resources.rows.table import Table
from resources.sources.held_sources import HELD_SOURCE
from resources.sources.source_rows import BATCH_EVENT, ORIGINAL, SIGHTING

WHEN = pl.Datetime("us", "UTC")
TEXT = pl.String()
NUMBER = pl.Int64()
PAYLOADS: dict[str, dict[str, Any]] = {
    "source_record": {
        "size_bytes": NUMBER,
        "format": TEXT,
        "media_type": TEXT,
        "width_px": NUMBER,
        "height_px": NUMBER,
        "orientation": NUMBER,
        "frame_count": NUMBER,
        "bit_depth": NUMBER,
        "band_count": NUMBER,
        "colour_space": TEXT,
        "has_alpha": pl.Boolean(),
        "has_icc_profile": pl.Boolean(),
        "decoder": TEXT,
        "claimed_extension": TEXT,
    },
    "viewing_copy": {"decoder": TEXT, "was_flattened": pl.Boolean()},
    "model_input": {},
    "thumbnails": {},
    "embedded_metadata": {
        "taken_at": pl.Datetime("us"),
        "taken_at_offset_minutes": NUMBER,
        "taken_at_precision": TEXT,
        "taken_at_tag": TEXT,
        "camera_make": TEXT,
        "camera_model": TEXT,
        "lens_model": TEXT,
        "exposure_seconds": pl.Float64(),
        "f_number": pl.Float64(),
        "iso": NUMBER,
        "focal_length_mm": pl.Float64(),
        "latitude": pl.Float64(),
        "longitude": pl.Float64(),
        "altitude_m": pl.Float64(),
        "gps_at": pl.Datetime("us"),
        "title": TEXT,
        "alternative_title": TEXT,
        "caption": TEXT,
        "description": TEXT,
        "keywords": pl.List(TEXT),
        "people": pl.List(TEXT),
        "creators": pl.List(TEXT),
        "contributors": pl.List(TEXT),
        "events": pl.List(TEXT),
        "spatial_coverage": pl.List(TEXT),
        "copyright": TEXT,
        "credit": TEXT,
        "rating": NUMBER,
        "location": TEXT,
        "city": TEXT,
        "state": TEXT,
        "country": TEXT,
        "software": TEXT,
        "generation_prompt": TEXT,
    },
    "perceptual_hash": {"phash": TEXT, "dhash": TEXT},
    "dominant_colors": {"colors": pl.List(TEXT), "shares": pl.List(pl.Float64())},
}
TEXTS = pl.List(TEXT)
WRITING = {
    "attempts": NUMBER,
    "finish_reason": TEXT,
    "prompt_tokens": NUMBER,
    "answer_tokens": NUMBER,
    "answered_by": TEXT,
    "hint": TEXT,
}
OCR_BOX = {name: pl.Int64() for name in ("left", "top", "right", "bottom")}
OCR_LINE = pl.Struct({"text": TEXT, "confidence": pl.Float64(), **OCR_BOX})
OCR_BLOCK = pl.Struct({**OCR_BOX, "lines": pl.List(OCR_LINE)})
WITHOUT_ROWS: dict[str, dict[str, Any]] = {
    "ocr_text": {
        "text": TEXT,
        "was_recognised": pl.Boolean(),
        "was_gated_out": pl.Boolean(),
        "gate_score": pl.Float64(),
        "language": TEXT,
        "rotation": NUMBER,
        "mean_confidence": pl.Float64(),
        "line_count": NUMBER,
        "width_px": NUMBER,
        "height_px": NUMBER,
        "blocks": pl.List(OCR_BLOCK),
    },
    "caption": {"caption": TEXT, **WRITING},
    "description": {
        **dict.fromkeys(("title", "alternative_title", "description", "abstract"), TEXT),
        **dict.fromkeys(("subject", "tags", "keywords", "creators", "contributors"), TEXTS),
        **dict.fromkeys(("events", "spatial_coverage", "temporal_coverage", "themes"), TEXTS),
        **dict.fromkeys(("objects_identified", "expressions_identified"), TEXTS),
        "models_identified": TEXTS,
        **dict.fromkeys(("creation_date", "creation_location"), TEXT),
        **WRITING,
    },
}
"""Tables that SQL models read, of derivatives that no image has here."""
INPUTS: dict[str, tuple[str, ...]] = {
    "source_record": (),
    "viewing_copy": ("source_record",),
    "model_input": ("viewing_copy",),
    "thumbnails": ("viewing_copy",),
    "embedded_metadata": ("source_record",),
    "perceptual_hash": ("thumbnails",),
    "dominant_colors": ("thumbnails",),
}
ROLES = {
    "embedded_metadata": ("metadata_json",),
    "viewing_copy": ("file",),
    "model_input": ("file",),
    "thumbnails": ("small", "medium", "large"),
}
VALUES: dict[str, dict[str, Any]] = {
    "source_record": {
        "size_bytes": 1000,
        "format": "jpeg",
        "media_type": "image/jpeg",
        "width_px": 640,
        "height_px": 480,
        "frame_count": 1,
    },
    "embedded_metadata": {
        "camera_make": "Kodak",
        "title": "The old mill",
        "keywords": ["mill", "river"],
    },
    "perceptual_hash": {"phash": "00ff00ff00ff00ff", "dhash": "0f0f0f0f0f0f0f0f"},
    "dominant_colors": {"colors": ["#102030", "#405060"], "shares": [0.7, 0.3]},
}
DECLARED = (
    *(
        ORIGINAL,
        SIGHTING,
        BATCH_EVENT,
        RECIPE_TABLE,
        SIDECAR_FILES,
        LEFT_OUT,
        HELD_SOURCE,
        RETRY_RULE,
        STUCK_WORK,
        RETRY_REQUEST,
        HUMAN_RECORD,
    ),
    PREFERENCE,
    DUPLICATE_VERDICT,
    FIXITY_CHECK,
    *(DUPLICATES, SIMILAR_PAIRS, PIXEL_DIGESTS, CLUSTERS),
)
"""Tables that the product has before any derivative is made."""
CHILD = pl.Struct(dict.fromkeys(("source_id", "sha256", "path", "name", "place"), TEXT))
OTHER_MEDIA: dict[str, dict[str, dict[str, Any]]] = {
    "note": {"thumbnails": {}, "pages": {"page_count": NUMBER, "children": pl.List(CHILD)}},
}
"""Media that no product has, for the SQL that must not name one: medium -> asset -> columns."""
OTHER_INPUTS: dict[str, dict[str, tuple[str, ...]]] = {"note": {"pages": ("thumbnails",)}}
RECIPE: dict[str, Any] = {
    "code_version": "1",
    "code_digest": "0123456789abcdef",
    "engine": "libvips",
    "engine_version": "8.18.7",
    "parameters": '{"quality":80}',
    "optional_inputs": [],
    "reads_preferred": False,
}
ABOUT_INPUTS = {"optional_inputs", "reads_preferred"}
"""What a recipe says of its inputs, which is no column of the rows made by it."""
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def image_id_of(file_name: str) -> str:
    """The id that the image landed as ``file_name`` has here."""
    return f"{file_name.rpartition('.')[0]}-{sha256_of(file_name)[:12]}"


def sha256_of(file_name: str) -> str:
    """The digest that the image landed as ``file_name`` has here."""
    return hashlib.sha256(file_name.encode()).hexdigest()


def payloads_of(medium: str) -> dict[str, dict[str, Any]]:
    """Asset -> its own columns."""
    return PAYLOADS if medium == "image" else OTHER_MEDIA[medium]


def inputs_of(medium: str, asset: str) -> tuple[str, ...]:
    """The assets that this one is made from."""
    return (INPUTS if medium == "image" else OTHER_INPUTS[medium]).get(asset, ())


class SyntheticHome:
    """Writes rows as the product would. Time goes by a second per row written."""

    def __init__(self, root: Path) -> None:
        self.home = MediaHome(root)
        self.home.create()
        self.store = RowStore(self.home.rows)
        self.recipes: dict[tuple[str, str], dict[str, Any]] = {}
        self._now = START
        for table in DECLARED:
            self.store.declare(table)
        self.declare("catalogue_record", payload_schema(CatalogueRecord))
        for asset, columns in {**PAYLOADS, **WITHOUT_ROWS}.items():
            self.declare(asset, {**envelope(), **columns})

    def continued(self, root: Path) -> Self:
        """A copy of this home, where time and the recipes go on from here."""
        copy = type(self)(root)
        copy.recipes, copy._now = dict(self.recipes), self._now
        return copy

    @staticmethod
    def schema_of(asset: str) -> pl.Schema:
        """The columns of the asset's table here."""
        return pl.Schema({**envelope(), **PAYLOADS[asset]})

    def declare(self, asset: str, columns: Mapping[str, Any], medium: str = "image") -> None:
        """A derivative's table with these columns, the envelope among them."""
        name, key = f"{medium}/{asset}", (f"{medium}_id",)
        self.store.declare(Table(name, pl.Schema(columns), key, "A table of this test."))

    def declare_medium(self, medium: str) -> None:
        """Another medium's tables and recipes."""
        for asset, columns in OTHER_MEDIA[medium].items():
            self.declare(asset, {**envelope(f"{medium}_id"), **columns}, medium)
        self.declare_recipes(*OTHER_MEDIA[medium], medium=medium)

    def declare_recipes(self, *assets: str, medium: str = "image") -> None:
        """Declare today's recipes (all, when none is named)."""
        rows = [self._recipe(medium, asset) for asset in assets or payloads_of(medium)]
        self.append("ingest/recipe", rows)

    def change_recipe(self, asset: str, medium: str = "image", **changes: object) -> None:
        """Declare the recipe of ``asset`` anew with other ``code_version``, ``engine``, ..."""
        self.append("ingest/recipe", [self._recipe(medium, asset, **changes)])

    def land(
        self, batch: str, *file_names: str, copies: Sequence[str] = (), medium: str = "image"
    ) -> list[str]:
        """New sources of ``batch``, and ``copies`` of sources that landed before."""
        self.event(batch, "opened")
        originals = [self._original(batch, name, medium=medium) for name in file_names]
        if originals:
            self.append("ingest/original", originals)
        sightings = [self._sighting(batch, name, is_new=True) for name in file_names]
        sightings += [self._sighting(batch, name, is_new=False) for name in copies]
        if sightings:
            self.append("ingest/sighting", sightings)
        return [image_id_of(name) for name in file_names]

    def make_children(self, batch: str, parent_id: str, places: Mapping[str, str]) -> list[str]:
        """New images that were made of ``parent_id``: file name -> place."""
        rows = [
            self._original(batch, name, parent_id=parent_id, place=place)
            for name, place in places.items()
        ]
        self.append("ingest/original", rows)
        return [image_id_of(name) for name in places]

    def event(self, batch: str, event: str, detail: str = "", files: int | None = None) -> None:
        """Something that happened to ``batch``."""
        row = {"batch": batch, "root": "landing", "event": event, "detail": detail}
        self.append("ingest/batch_event", [{**row, "at": self.now(), "files": files}])

    def leave_out(self, batch: str, name: str, state: str, files: int = 1, **row: object) -> None:
        """A file that is not taken, or ``files`` of a folder."""
        found = {"root": "landing", "path": f"{batch}/{name}".encode(), "reason": f"it is {state}"}
        told = {"state": state, "batch": batch, "path_display": f"{batch}/{name}", "files": files}
        more = {"is_folder": False, "first_names": [], "is_over": False, "noted_at": self.now()}
        self.append("ingest/left_out", [{**found, **told, **more, "size_bytes": None, **row}])

    def finish(self, source_ids: Sequence[str], *assets: str, medium: str = "image") -> None:
        """Good results of these assets (of all, when none is named) for these sources."""
        for asset in assets or payloads_of(medium):
            if source_ids:
                rows = [self._result(medium, asset, source_id) for source_id in source_ids]
                self.append(f"{medium}/{asset}", rows)

    def result(
        self,
        asset: str,
        source_id: str,
        outcome: str = "ok",
        reason: str | None = None,
        medium: str = "image",
        **row: Any,
    ) -> None:
        """One result, by today's recipe and from today's inputs."""
        found = {**self._result(medium, asset, source_id, outcome), "reason": reason}
        self.append(f"{medium}/{asset}", [{**found, **row}])

    def fail_above(self, image_id: str, asset: str, outcome: str, reason: str) -> None:
        """``asset`` has this outcome, and everything made from it is skipped."""
        self.result(asset, image_id, outcome, reason)
        for below, inputs in INPUTS.items():
            if asset in inputs:
                is_unfinished = outcome == "failed"
                why = f"{asset} is {outcome}: {reason}"
                self.skip(below, image_id, why, is_unfinished=is_unfinished)

    def skip(self, asset: str, image_id: str, why: str, *, is_unfinished: bool) -> None:
        """``asset`` and everything made from it is skipped."""
        self.result(asset, image_id, "skipped", why, is_unfinished=is_unfinished)
        for below, inputs in INPUTS.items():
            if asset in inputs:
                chain = f"{asset} is skipped: {why}"
                self.skip(below, image_id, chain, is_unfinished=is_unfinished)

    def inputs_now(self, medium: str, asset: str, source_id: str) -> dict[str, str]:
        """Upstream asset -> fingerprint of its newest row for the source."""
        found = {
            name: self.store.current(f"{medium}/{name}", [source_id])["fingerprint"].to_list()
            for name in inputs_of(medium, asset)
        }
        return {name: values[0] for name, values in found.items() if values}

    def fingerprint(
        self, asset: str, source_id: str, recipe: Mapping[str, Any], inputs: Mapping[str, str]
    ) -> str:
        """Equal for equal inputs; the engine's version takes no part."""
        parts = [asset, source_id, recipe["code_version"], recipe["engine"], recipe["parameters"]]
        return hashlib.sha256(json.dumps([*parts, dict(inputs)]).encode()).hexdigest()

    def append(self, table: str, rows: list[dict[str, Any]]) -> None:
        """One commit."""
        schema = self.store.declaration(table).schema
        frame = pl.DataFrame(rows, schema=schema)
        self.store.append(table, frame, run_id="run-1", producer={"made_by": "test"})

    def now(self) -> datetime:
        """A second later at each call."""
        self._now += timedelta(seconds=1)
        return self._now

    def _recipe(self, medium: str, asset: str, **changes: object) -> dict[str, Any]:
        recipe = {**RECIPE, **self.recipes.get((medium, asset), {}), **changes}
        self.recipes[medium, asset] = recipe
        names = list(payloads_of(medium))
        return {
            "medium": None if medium == "image" else medium,
            "asset": asset,
            **recipe,
            "inputs": list(inputs_of(medium, asset)),
            "position": names.index(asset) if asset in names else len(names),
            "declared_at": self.now(),
        }

    def _result(
        self, medium: str, asset: str, source_id: str, outcome: str = "ok"
    ) -> dict[str, Any]:
        is_usable = outcome in ("ok", "degraded")
        inputs = self.inputs_now(medium, asset, source_id)
        recipe = self.recipes.get((medium, asset), RECIPE)
        roles = ROLES.get(asset, ()) if is_usable else ()
        values = VALUES.get(asset, {}) if is_usable and medium == "image" else {}
        return {
            f"{medium}_id": source_id,
            "outcome": outcome,
            "is_unfinished": outcome == "failed",
            "warnings": [],
            "fingerprint": self.fingerprint(asset, source_id, recipe, inputs),
            **{name: value for name, value in recipe.items() if name not in ABOUT_INPUTS},
            "inputs": json.dumps(inputs),
            "seconds": 0.25,
            "made_at": self.now(),
            "files": [file_of(source_id, asset, role) for role in roles],
            **values,
        }

    def _original(
        self,
        batch: str,
        file_name: str,
        *,
        medium: str = "image",
        parent_id: str | None = None,
        place: str | None = None,
    ) -> dict[str, Any]:
        return {
            "image_id": image_id_of(file_name),
            "sha256": sha256_of(file_name),
            "file_name": file_name,
            "mode": "move",
            "path": b"originals/" + file_name.encode(),
            "size_bytes": 1000,
            "root": "landing",
            "batch": batch,
            "landed_at": self.now(),
            "medium": None if medium == "image" else medium,
            "parent_id": parent_id,
            "place": place,
        }

    def _sighting(self, batch: str, file_name: str, *, is_new: bool) -> dict[str, Any]:
        path = f"{batch}/{file_name}"
        return {
            "image_id": image_id_of(file_name),
            "sha256": sha256_of(file_name),
            "root": "landing",
            "path": path.encode(),
            "path_display": path,
            "file_name": file_name,
            "size_bytes": 1000,
            "mtime_ns": 1_700_000_000_000_000_000,
            "inode": 7,
            "batch": batch,
            "is_new": is_new,
            "seen_at": self.now(),
        }


def child_of(file_name: str, place: str) -> dict[str, str]:
    """A child as its parent's row names it."""
    digest = sha256_of(file_name)
    named = {"source_id": image_id_of(file_name), "name": file_name, "place": place}
    return {**named, "sha256": digest, "path": f"originals/{digest}"}


def file_of(source_id: str, asset: str, role: str) -> dict[str, Any]:
    """A stored file of 100 bytes."""
    sha256 = sha256_of(f"{source_id}/{asset}/{role}")
    return {
        "role": role,
        "path": f"derivatives/{sha256[:2]}/{sha256[2:4]}/{sha256}.jpg",
        "sha256": sha256,
        "media_type": "image/jpeg",
        "size_bytes": 100,
        "width_px": 64,
        "height_px": 48,
    }
