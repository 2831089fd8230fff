"""A media home with plausible rows and no pictures: what ingest and derivatives would write."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from media_assets.curation.human_record import declare_human_records
from media_assets.curation.preference import declare_preferences
from media_assets.execution.derivative_rows import table_schema
from media_assets.images.catalogue_record import CatalogueRecord
from media_assets.search.comparing.search_tables import declare_search_tables
from resources.rows.table import Table
from resources.configuration.media_home import MediaHome
from resources.landing.sidecar_links import declare_sidecar_files
from resources.rows.row_store import RowStore

WHEN = pl.Datetime("us", "UTC")
FILE = pl.Struct(
    {
        "role": pl.String(),
        "path": pl.String(),
        "sha256": pl.String(),
        "media_type": pl.String(),
        "size_bytes": pl.Int64(),
        "width_px": pl.Int64(),
        "height_px": pl.Int64(),
    }
)
ENVELOPE: dict[str, Any] = {
    "image_id": pl.String(),
    "outcome": pl.String(),
    "reason": pl.String(),
    "is_unfinished": pl.Boolean(),
    "warnings": pl.List(pl.String()),
    "fingerprint": pl.String(),
    "code_version": pl.String(),
    "engine": pl.String(),
    "engine_version": pl.String(),
    "parameters": pl.String(),
    "inputs": pl.String(),
    "seconds": pl.Float64(),
    "made_at": WHEN,
    "files": pl.List(FILE),
}
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
        "description": TEXT,
        "keywords": pl.List(TEXT),
        "creators": pl.List(TEXT),
        "copyright": TEXT,
        "credit": TEXT,
        "rating": NUMBER,
        "location": TEXT,
        "city": TEXT,
        "state": TEXT,
        "country": TEXT,
        "software": TEXT,
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
INGEST: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "ingest/original": (
        {
            "image_id": TEXT,
            "sha256": TEXT,
            "file_name": TEXT,
            "mode": TEXT,
            "path": pl.Binary(),
            "size_bytes": NUMBER,
            "root": TEXT,
            "batch": TEXT,
            "landed_at": WHEN,
            "role": TEXT,
        },
        ("image_id",),
    ),
    "ingest/sighting": (
        {
            "image_id": TEXT,
            "sha256": TEXT,
            "root": TEXT,
            "path": pl.Binary(),
            "path_display": TEXT,
            "file_name": TEXT,
            "size_bytes": NUMBER,
            "mtime_ns": NUMBER,
            "inode": NUMBER,
            "batch": TEXT,
            "is_new": pl.Boolean(),
            "seen_at": WHEN,
            "role": TEXT,
        },
        (),
    ),
    "ingest/batch_event": (
        {"batch": TEXT, "root": TEXT, "event": TEXT, "detail": TEXT, "at": WHEN},
        (),
    ),
    "ingest/recipe": (
        {
            "asset": TEXT,
            "code_version": TEXT,
            "engine": TEXT,
            "engine_version": TEXT,
            "parameters": TEXT,
            "inputs": pl.List(TEXT),
            "optional_inputs": pl.List(TEXT),
            "reads_preferred": pl.Boolean(),
            "position": NUMBER,
            "declared_at": WHEN,
        },
        ("asset",),
    ),
}
RECIPE: dict[str, Any] = {
    "code_version": "1",
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


class SyntheticHome:
    """Writes rows as the product would. Time goes by a second per row written."""

    def __init__(self, root: Path) -> None:
        self.home = MediaHome(root)
        self.home.create()
        self.store = RowStore(self.home.rows)
        self.recipes: dict[str, dict[str, Any]] = {}
        self._now = START
        for table, (columns, key) in INGEST.items():
            self.store.declare(Table(table, pl.Schema(columns), key, "A table of this test."))
        declare_human_records(self.store)
        declare_preferences(self.store)
        declare_sidecar_files(self.store)
        declare_search_tables(self.store)
        self.store.declare(Table("image/catalogue_record", table_schema(CatalogueRecord), ("image_id",), "A table of this test."))
        for asset, columns in {**PAYLOADS, **WITHOUT_ROWS}.items():
            self.store.declare(Table(f"image/{asset}", pl.Schema({**ENVELOPE, **columns}), ("image_id",), "A table of this test."))

    @staticmethod
    def schema_of(asset: str) -> pl.Schema:
        """The columns of the asset's table here."""
        return pl.Schema({**ENVELOPE, **PAYLOADS[asset]})

    def declare_recipes(self, *assets: str) -> None:
        """Declare today's recipes (all, when none is named)."""
        rows = [self._recipe(asset) for asset in assets or PAYLOADS]
        self.append("ingest/recipe", rows)

    def change_recipe(self, asset: str, **changes: object) -> None:
        """Declare the recipe of ``asset`` anew with other ``code_version``, ``engine``, ..."""
        self.append("ingest/recipe", [self._recipe(asset, **changes)])

    def land(self, batch: str, *file_names: str, copies: Sequence[str] = ()) -> list[str]:
        """New images of ``batch``, and ``copies`` of images that landed before."""
        self.event(batch, "opened")
        originals = [self._original(batch, name) for name in file_names]
        if originals:
            self.append("ingest/original", originals)
        sightings = [self._sighting(batch, name, is_new=True) for name in file_names]
        sightings += [self._sighting(batch, name, is_new=False) for name in copies]
        if sightings:
            self.append("ingest/sighting", sightings)
        return [image_id_of(name) for name in file_names]

    def event(self, batch: str, event: str, detail: str = "") -> None:
        """Something that befell ``batch``."""
        row = {"batch": batch, "root": "landing", "event": event, "detail": detail}
        self.append("ingest/batch_event", [{**row, "at": self.now()}])

    def finish(self, image_ids: Sequence[str], *assets: str) -> None:
        """Good results of these assets (of all, when none is named) for these images."""
        for asset in assets or PAYLOADS:
            if image_ids:
                self.append(f"image/{asset}", [self._result(asset, key) for key in image_ids])

    def result(
        self, asset: str, image_id: str, outcome: str = "ok", reason: str | None = None, **row: Any
    ) -> None:
        """One result, by today's recipe and from today's inputs."""
        found = {**self._result(asset, image_id, outcome), "reason": reason}
        self.append(f"image/{asset}", [{**found, **row}])

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

    def inputs_of(self, asset: str, image_id: str) -> dict[str, str]:
        """Upstream asset -> fingerprint of its newest row for the image."""
        found = {
            name: self.store.current(f"image/{name}", [image_id])["fingerprint"].to_list()
            for name in INPUTS.get(asset, ())
        }
        return {name: values[0] for name, values in found.items() if values}

    def fingerprint(
        self, asset: str, image_id: str, recipe: Mapping[str, Any], inputs: Mapping[str, str]
    ) -> str:
        """Equal for equal inputs; the engine's version takes no part."""
        parts = [asset, image_id, recipe["code_version"], recipe["engine"], recipe["parameters"]]
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

    def _recipe(self, asset: str, **changes: object) -> dict[str, Any]:
        recipe = {**RECIPE, **self.recipes.get(asset, {}), **changes}
        self.recipes[asset] = recipe
        position = list(PAYLOADS).index(asset) if asset in PAYLOADS else len(PAYLOADS)
        inputs = list(INPUTS.get(asset, ()))
        row = {"asset": asset, **recipe, "inputs": inputs, "position": position}
        return {**row, "declared_at": self.now()}

    def _result(self, asset: str, image_id: str, outcome: str = "ok") -> dict[str, Any]:
        is_usable = outcome in ("ok", "degraded")
        inputs = self.inputs_of(asset, image_id)
        recipe = self.recipes.get(asset, RECIPE)
        return {
            "image_id": image_id,
            "outcome": outcome,
            "is_unfinished": outcome == "failed",
            "warnings": [],
            "fingerprint": self.fingerprint(asset, image_id, recipe, inputs),
            **{name: value for name, value in recipe.items() if name not in ABOUT_INPUTS},
            "inputs": json.dumps(inputs),
            "seconds": 0.25,
            "made_at": self.now(),
            "files": [file_of(image_id, asset, role) for role in ROLES.get(asset, ()) if is_usable],
            **(VALUES.get(asset, {}) if is_usable else {}),
        }

    def _original(self, batch: str, file_name: str) -> dict[str, Any]:
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


def file_of(image_id: str, asset: str, role: str) -> dict[str, Any]:
    """A stored file of 100 bytes."""
    sha256 = sha256_of(f"{image_id}/{asset}/{role}")
    return {
        "role": role,
        "path": f"derivatives/{sha256[:2]}/{sha256[2:4]}/{sha256}.jpg",
        "sha256": sha256,
        "media_type": "image/jpeg",
        "size_bytes": 100,
        "width_px": 64,
        "height_px": 48,
    }
