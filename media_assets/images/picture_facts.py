"""Picture facts: what is known of a picture without looking at what it shows.

Size, colors, time, camera and position as they were measured, and the texts that the file carries.
This is the input of caption and description: a language model gets it as data, the
built-in engine composes its sentences of it. Texts of the file are as trustworthy as the file.
"""

from collections.abc import Iterator

from media_assets.execution.recipe import Engine
from media_assets.images.dominant_colors import DominantColors
from media_assets.images.embedded_metadata import EmbeddedMetadata
from media_assets.images.medium import images
from media_assets.images.source_record import SourceRecord
from resources.language.color_names import color_name
from resources.language.picture_facts import FileText, PictureFacts
from resources.metadata.moments import iso_text
from resources.sources.originals import Source

NAMED_SHARE = 0.1
"""A color that covers less of the picture is not mentioned."""


def make_picture_facts(
    image: Source,
    source_record: SourceRecord,
    embedded_metadata: EmbeddedMetadata | None,
    dominant_colors: DominantColors | None,
) -> PictureFacts:
    """Collect the facts; reads no file."""
    embedded = embedded_metadata
    return PictureFacts(
        file_name=image.file_name,
        format=source_record.format,
        width_px=source_record.width_px,
        height_px=source_record.height_px,
        colors=color_words(dominant_colors),
        taken_at=time_text(embedded) if embedded else None,
        camera=embedded.camera_model if embedded else None,
        latitude=embedded.latitude if embedded else None,
        longitude=embedded.longitude if embedded else None,
        texts=list(file_texts(embedded)) if embedded else [],
    )


def color_words(found: DominantColors | None) -> list[str]:
    """Names of the colors that cover a tenth of the picture or more, largest first, each once."""
    if found is None:
        return []
    pairs = zip(found.colors, found.shares, strict=True)
    return list(dict.fromkeys(color_name(color) for color, share in pairs if share >= NAMED_SHARE))


def time_text(embedded: EmbeddedMetadata) -> str | None:
    """When it was taken, ISO 8601 on the camera's clock, as precise as is known, to the second."""
    if embedded.taken_at is None:
        return None
    precision = (
        "second" if embedded.taken_at_precision == "fraction" else embedded.taken_at_precision
    )
    return iso_text(embedded.taken_at, precision)


def file_texts(embedded: EmbeddedMetadata) -> Iterator[FileText]:
    """What the file itself says about the picture, untrusted."""
    place = (embedded.location, embedded.city, embedded.state, embedded.country)
    texts = {
        "title in the file": embedded.title,
        "description in the file": embedded.description,
        "keywords in the file": ", ".join(embedded.keywords),
        "people in the file": ", ".join(embedded.people or []),
        "events in the file": ", ".join(embedded.events or []),
        "creators in the file": ", ".join(embedded.creators),
        "place in the file": ", ".join(part for part in place if part),
    }
    yield from (FileText(name, text) for name, text in texts.items() if text)


def collecting() -> Engine:
    """No software but this: nothing outside decides what comes out."""
    return Engine("builtin", "1")


picture_facts = images.asset(
    make_picture_facts,
    group_name="catalogue",
    kinds={"json"},
    code_version="2",
    engine=collecting,
)
