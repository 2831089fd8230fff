"""Captions and descriptions without a model: composed of measured facts, nothing invented.

What a picture shows is not known here, so it is not said: fields without evidence stay empty. Texts
that come with the file or stand in the picture are not repeated: they have fields of their own.
"""

import calendar

from resources.language.picture_answers import CaptionAnswer, DescriptionAnswer
from resources.language.picture_facts import PictureFacts

VERSION = "1"
"""Changes with the wording."""

FORMAT_NAMES = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "heic": "HEIC", "svg": "SVG"}
"""Spelled their own way; all others in capitals."""


def builtin_caption(facts: PictureFacts) -> CaptionAnswer:
    """One sentence of what was measured."""
    return CaptionAnswer(caption=sentence(facts))


def builtin_description(facts: PictureFacts) -> DescriptionAnswer:
    """The same as a catalogue record: colors as tags, when and where it was made.

    What was read in the picture has a field of its own and is not repeated.
    """
    return DescriptionAnswer(
        title=None,
        alternative_title=None,
        description=sentence(facts),
        abstract=None,
        subject=[],
        tags=list(facts.colors),
        keywords=[],
        creators=[],
        contributors=[],
        events=[],
        spatial_coverage=[],
        temporal_coverage=[],
        themes=[],
        objects_identified=[],
        expressions_identified=[],
        models_identified=[],
        creation_date=facts.taken_at,
        creation_location=facts.position,
    )


def sentence(facts: PictureFacts) -> str:
    """Like "Landscape JPEG picture of 1620 x 1080 px, mostly blue and green, taken in 2019."."""
    kind = FORMAT_NAMES.get(facts.format, facts.format.upper())
    size = f"{facts.width_px} x {facts.height_px} px"
    parts = [f"{facts.orientation.capitalize()} {kind} picture of {size}"]
    if facts.colors:
        parts.append(f"mostly {' and '.join(facts.colors[:2])}")
    made = [
        date_words(facts.taken_at) if facts.taken_at else "",
        f"({facts.camera_model})" if facts.camera_model else "",
        f"at {facts.position}" if facts.position else "",
    ]
    if any(made):
        parts.append(" ".join(["taken", *filter(None, made)]))
    return f"{', '.join(parts)}."


def date_words(taken_at: str) -> str:
    """Like "on 12 May 2019" for an ISO 8601 date, "in May 2019" or "in 2019" for less."""
    year, month, day = (*taken_at[:10].split("-"), "", "")[:3]
    if not month:
        return f"in {int(year)}"
    name = calendar.month_name[int(month)]
    return f"on {int(day)} {name} {int(year)}" if day else f"in {name} {int(year)}"
