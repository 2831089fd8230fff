"""What the file says of itself: the usual EXIF facts, and below them everything."""

import json
from pathlib import Path
from typing import Any

from resources.display_text import plain_text
from web.gallery.panels.panel import Shown, Values, panel

MOST_BYTES = 4 * 1024**2
MOST_TAGS = 2000
LONGEST_VALUE = 1000
FACTS = {
    "camera": "{camera}",
    "lens": "{lens_model}",
    "focal length": "{focal_length_mm:g} mm",
    "aperture": "f/{f_number:g}",
    "sensitivity": "ISO {iso}",
    "color space": "{colour_space}",
    "color profile": "{icc_profile_name}",
    "software": "{software}",
    "altitude": "{altitude_m:g} m",
    "made with the prompt": "{generation_prompt}",
}
"""Label -> columns of ``image.embedded_metadata`` and ``camera``; left out where not known."""

ONE_SECOND = 1.0


def read(shown: Shown) -> Values | None:
    """``facts`` and ``tags``: names with texts. None where the file was not read."""
    row = shown.row_of("embedded_metadata")
    if row is None or row["outcome"] not in ("ok", "degraded"):
        return None
    path = shown.facts["metadata_json_path"]
    tags = tags_in(shown.gallery.settings.home / path) if path else None
    return {"facts": facts_of(row), "tags": tags, "most": MOST_TAGS}


def facts_of(row: dict[str, Any]) -> dict[str, str]:
    """The usual facts in words."""
    known = {name: value for name, value in row.items() if value not in (None, "")}
    if camera := camera_name(row["camera_make"] or "", row["camera_model"] or ""):
        known["camera"] = camera
    found = {}
    for label, form in FACTS.items():
        try:
            found[label] = plain_text(form.format_map(known))
        except KeyError:
            continue  # the file does not say it
    if exposure := row["exposure_seconds"]:
        found["exposure"] = exposure_text(exposure)
    return found


def camera_name(make: str, model: str) -> str:
    """Maker and model, without the maker where the model begins with it, as the grid's filter."""
    has_make = bool(make) and model.lower().startswith(make.split(" ")[0].lower())
    return model if has_make else f"{make} {model}".strip()


def exposure_text(seconds: float) -> str:
    """Such as "1/500 s", as photographers write it."""
    return f"{seconds:g} s" if seconds >= ONE_SECOND else f"1/{1 / seconds:.0f} s"


def tags_in(path: Path) -> dict[str, str] | None:
    """Every tag of the file of all metadata; None when it cannot be shown here."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    tags = json.loads(path.read_bytes()).get("tags") or {}
    return {name: tag_text(value) for name, value in list(tags.items())[:MOST_TAGS]}


def tag_text(value: object) -> str:
    """A value as text of bounded length."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return plain_text(text, longest=LONGEST_VALUE)


PANEL = panel(__file__, "Metadata of the file", read, asset="embedded_metadata")
